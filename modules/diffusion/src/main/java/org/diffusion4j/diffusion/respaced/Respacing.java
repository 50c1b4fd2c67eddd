package org.diffusion4j.diffusion.respaced;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which of the timesteps a walk visits: guided-diffusion's {@code timestep_respacing}. Either the timesteps are cut into sections of
 * equal size, each with a number of steps that are spread evenly over it, with both ends; or every n-th timestep is visited from the
 * first one on, as Song et al. 2021 (arXiv:2010.02502) do it.
 *
 * @param sections how many steps each section has, from the clean sample on; a single number in the second case
 * @param even whether it is the second case
 */
public record Respacing(List<Integer> sections, boolean even) {
    private static final String EVEN = "ddim";
    private static final Pattern TEXT = Pattern.compile("(" + EVEN + ")?\\d{1,9}|\\d{1,9}(\\s*,\\s*\\d{1,9})+");
    private static final int MOST_SECTIONS = 1 << 16;

    /** Checks what can be checked without knowing how many timesteps there are. */
    public Respacing {
        sections = List.copyOf(sections);
        require(!sections.isEmpty(), "respacing", "at least one section", "none");
        require(
                sections.size() <= MOST_SECTIONS,
                "respacing",
                "at most " + MOST_SECTIONS + " sections",
                sections.size());
        require(!even || sections.size() == 1, "respacing", "one number behind " + EVEN, sections);
        require(sections.stream().allMatch(steps -> steps >= 0), "respacing", "numbers of steps", sections);
        require(sections.stream().anyMatch(steps -> steps > 0), "respacing", "at least one step", sections);
    }

    /**
     * Reads guided-diffusion's notation.
     *
     * @param text such as {@code 250}, {@code ddim25} or {@code 10,10,15}
     * @return what it says
     * @throws IllegalArgumentException if it isn't of this kind
     */
    public static Respacing parse(String text) {
        require(
                TEXT.matcher(text).matches(),
                "respacing",
                "a number of steps, several with commas between, or one behind " + EVEN,
                "'" + (text.length() <= 60 ? text : text.substring(0, 60) + "…") + "'");
        if (text.startsWith(EVEN)) {
            return even(Integer.parseInt(text.substring(EVEN.length())));
        }
        List<Integer> sections = new ArrayList<>();
        for (String number : text.split(",", -1)) {
            sections.add(Integer.parseInt(number.strip()));
        }
        return new Respacing(sections, false);
    }

    /**
     * Steps that are spread evenly over all timesteps, with both ends.
     *
     * @param steps at least 1
     * @return the respacing
     */
    public static Respacing of(int steps) {
        return new Respacing(List.of(steps), false);
    }

    /**
     * Every n-th timestep from the first one on.
     *
     * @param steps at least 1
     * @return the respacing
     */
    public static Respacing even(int steps) {
        return new Respacing(List.of(steps), true);
    }

    /**
     * The timesteps of a walk.
     *
     * @param timesteps how many there are in all
     * @return those that are visited, ascending
     * @throws IllegalArgumentException if there are fewer timesteps than steps, or no whole number is the distance of that many
     */
    public int[] timesteps(int timesteps) {
        TreeSet<Integer> visited = new TreeSet<>();
        if (even) {
            int stride = stride(timesteps, sections.get(0));
            for (int timestep = 0; timestep < timesteps; timestep += stride) {
                visited.add(timestep);
            }
        } else {
            addSections(timesteps, visited);
        }
        return visited.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int stride(int timesteps, int steps) {
        for (int stride = 1; stride < timesteps; stride++) {
            if ((timesteps + stride - 1) / stride == steps) {
                return stride;
            }
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "respacing: expected a number of steps that every n-th of %d timesteps gives, found %s%d",
                timesteps,
                EVEN,
                steps));
    }

    private void addSections(int timesteps, TreeSet<Integer> visited) {
        int size = timesteps / sections.size();
        int larger = timesteps % sections.size();
        int start = 0;
        for (int section = 0; section < sections.size(); section++) {
            int own = size + (section < larger ? 1 : 0);
            int steps = sections.get(section);
            require(steps <= own, "respacing", "at most " + own + " steps in each section of as many timesteps", steps);
            double stride = steps <= 1 ? 1 : (own - 1.0) / (steps - 1);
            double at = 0;
            // The sum's rounding errors decide where a half is rounded to.
            for (int step = 0; step < steps; step++, at += stride) {
                visited.add(start + (int) Math.rint(at));
            }
            start += own;
        }
    }

    /**
     * Guided-diffusion's notation.
     *
     * @return such as {@code 250}, {@code ddim25} or {@code 10,10,15}
     */
    @Override
    public String toString() {
        return (even ? EVEN : "")
                + String.join(",", sections.stream().map(String::valueOf).toList());
    }
}
