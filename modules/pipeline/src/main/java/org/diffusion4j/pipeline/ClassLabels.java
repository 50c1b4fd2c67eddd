package org.diffusion4j.pipeline;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.diffusers.ModelSettings;

/**
 * Finds a model's classes by what people call them. If classes are named by numbers, a number is a name: {@code 2} is the
 * class named 2, 02 or 2.0, whatever its label, and {@code 1-3} are the classes named 1 to 3. Otherwise a number is a
 * label, counted from 0.
 */
public final class ClassLabels {
    private static final String NO_CLASS = "none";

    private static final String NUMBER = "[-+]?\\d{1,18}(?:\\.\\d{1,18})?";
    private static final Pattern RANGE = Pattern.compile("(" + NUMBER + ")\\s*-\\s*(" + NUMBER + ")");
    private static final Pattern LABEL = Pattern.compile("\\d{1,9}");
    /** The largest number of names in a message. */
    private static final int SHOWN = 12;

    private final List<String> names;
    /** The names as numbers; null for a name that isn't a number. */
    private final List<BigDecimal> numbers;

    private final int classes;
    private final Integer nullClass;

    /**
     *
     * Makes the classes of a model.
     *
     * @param names one name per label, from 0 on; there may be fewer than classes, or none
     * @param classes how many labels the network takes; 0 for a network without classes
     * @param nullClass the label that stands for no class; null if there is none
     */
    public ClassLabels(List<String> names, int classes, Integer nullClass) {
        this.names = List.copyOf(names);
        this.numbers = names.stream().map(ClassLabels::number).collect(Collectors.toCollection(ArrayList::new));
        this.classes = classes;
        this.nullClass = nullClass;
    }

    static ClassLabels of(UNetConfig config, ModelSettings settings) {
        Integer embeddings = config.numClassEmbeds();
        return new ClassLabels(settings.classNames(), embeddings == null ? 0 : embeddings, settings.nullClass());
    }

    private static BigDecimal number(String name) {
        return name.matches(NUMBER) ? new BigDecimal(name) : null;
    }

    /**
     * The names.
     *
     * @return one name per label, from 0 on; empty if the classes have no names
     */
    public List<String> names() {
        return names;
    }

    /**
     * All labels except the one that stands for no class.
     *
     * @return labels in ascending order: those with a name, or all labels if there are no names
     */
    public List<Integer> all() {
        return IntStream.range(0, names.isEmpty() ? classes : Math.min(classes, names.size()))
                .filter(label -> nullClass == null || label != nullClass)
                .boxed()
                .toList();
    }

    /**
     * Finds the label of a class.
     *
     * @param name its name, whose case is ignored if that is unambiguous, or its label if names aren't numbers
     * @return the label, from 0
     * @throws Diffusion4jException if there is no such class, or more than one
     */
    public int find(String name) {
        requireClasses(name);
        List<Integer> found = named(name);
        if (found.size() == 1) {
            return found.get(0);
        }
        if (found.size() > 1) {
            String all = found.stream().map(names::get).collect(Collectors.joining("', '"));
            throw fault(String.format(Locale.ROOT, "one class, as there are '%s'", all), name);
        }
        if (!areNumbers() && LABEL.matcher(name).matches()) {
            return inRange(name);
        }
        // No similar names are proposed for a number.
        String question = number(name) == null ? NearestNames.question(name, names) : "";
        throw fault(known(), name, question.isEmpty() ? "" : "; " + question);
    }

    /**
     * Finds the labels of classes.
     *
     * @param given names, labels and ranges, separated by commas, such as {@code 0-9}, {@code 3,5} or {@code cat,dog}
     * @return the labels in the given order
     * @throws Diffusion4jException if one of them isn't a class, or a range runs downwards
     */
    public List<Integer> parse(String given) {
        requireClasses(given);
        // Names come first, since a class may be called "1-2" or "a,b".
        if (!named(given).isEmpty()) {
            return List.of(find(given));
        }
        List<Integer> labels = new ArrayList<>();
        for (String part : given.split(",", -1)) {
            String name = part.strip();
            Matcher range = RANGE.matcher(name);
            if (named(name).isEmpty() && range.matches()) {
                labels.addAll(range(range.group(1), range.group(2), name));
            } else {
                labels.add(find(name));
            }
        }
        return labels;
    }

    /**
     * The classes over which pictures are spread, as somebody chose them or didn't.
     *
     * @param given as {@link #parse} takes it; {@code none} for no class, unless one is called so; null for all classes
     * @param images the number of pictures, at least 1
     * @return the labels; without a choice those of the first classes, at most one for each picture; empty for no class
     * @throws Diffusion4jException as {@link #parse} does
     */
    public List<Integer> chosen(String given, int images) {
        if (given == null) {
            List<Integer> all = all();
            return all.subList(0, Math.min(images, all.size()));
        }
        return given.equals(NO_CLASS) && names.stream().noneMatch(NO_CLASS::equalsIgnoreCase)
                ? List.of()
                : parse(given);
    }

    private List<Integer> range(String first, String last, String given) {
        int from = find(first);
        int to = find(last);
        if (!areNumbers()) {
            requireUpwards(from <= to, given);
            return IntStream.rangeClosed(from, to).boxed().toList();
        }
        BigDecimal least = number(first);
        BigDecimal most = number(last);
        requireUpwards(least.compareTo(most) <= 0, given);
        return IntStream.range(0, names.size())
                .filter(label -> numbers.get(label) != null
                        && numbers.get(label).compareTo(least) >= 0
                        && numbers.get(label).compareTo(most) <= 0)
                .boxed()
                .sorted(Comparator.comparing(numbers::get))
                .toList();
    }

    private static void requireUpwards(boolean holds, String given) {
        if (!holds) {
            throw fault("a range from low to high", given);
        }
    }

    /**
     * The classes with the same text as their name; if there are none, those with the same number; if there are none, those
     * whose text differs only in case or in the form of Unicode.
     */
    private List<Integer> named(String name) {
        int exact = names.indexOf(name);
        if (exact >= 0) {
            return List.of(exact);
        }
        BigDecimal number = number(name);
        if (number != null) {
            return IntStream.range(0, names.size())
                    .filter(label ->
                            numbers.get(label) != null && numbers.get(label).compareTo(number) == 0)
                    .boxed()
                    .toList();
        }
        String folded = folded(name);
        return IntStream.range(0, names.size())
                .filter(label -> folded(names.get(label)).equals(folded))
                .boxed()
                .toList();
    }

    private static String folded(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
    }

    private boolean areNumbers() {
        return numbers.stream().anyMatch(number -> number != null);
    }

    private int inRange(String digits) {
        int label = Integer.parseInt(digits);
        // The last label may stand for no class. Its number isn't offered, since leaving out the labels does the same.
        int labels = nullClass != null && nullClass == classes - 1 ? nullClass : classes;
        if (label >= labels) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "labels: expected 0 to %d, found %d", labels - 1, label));
        }
        return label;
    }

    private void requireClasses(String given) {
        if (classes == 0) {
            throw fault("none, as the model has no classes", given);
        }
    }

    private String known() {
        List<String> shown = new ArrayList<>(names.subList(0, Math.min(SHOWN, names.size())));
        shown.replaceAll(name -> name.length() <= 24 ? name : name.substring(0, 24) + "…");
        String more = names.size() > SHOWN ? ", … " + names.size() + " in all" : "";
        String list = " (" + String.join(", ", shown) + more + ")";
        return areNumbers()
                ? "names of classes" + list + " and ranges of them, with commas between"
                : "numbers, ranges" + (names.isEmpty() ? "" : " or class names" + list) + " with commas between";
    }

    private static Diffusion4jException fault(String expected, String found) {
        return fault(expected, found, "");
    }

    private static Diffusion4jException fault(String expected, String found, String end) {
        String shown = found.length() <= 60 ? found : found.substring(0, 60) + "…";
        return new Diffusion4jException("labels: expected " + expected + ", found '" + shown + "'" + end);
    }
}
