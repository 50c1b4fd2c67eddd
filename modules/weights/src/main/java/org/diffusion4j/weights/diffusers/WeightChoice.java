package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;

/**
 * Which file in the folder of a network is read for its weights. It depends on the names of the files only, so it can be said of a
 * folder on a server as well. The order is that of diffusers' {@code ModelMixin.from_pretrained} and of transformers'
 * {@code PreTrainedModel.from_pretrained} for a local folder. Python's diffusers looks for an index of torch files only if it is
 * told to read no safetensors; here such an index is the last one that is looked for.
 *
 * @param file the name of the file: the weights, or the index that says in which shards they are
 * @param sharded whether it is an index
 * @param format the format of the weights
 * @param variant the word in the file's name, such as {@code fp16}; null if there is none
 */
public record WeightChoice(String file, boolean sharded, WeightFormat format, String variant) {
    /** How many of the files that aren't read a message names. */
    private static final int SHOWN = 4;

    /**
     * Chooses.
     *
     * @param where the folder, for messages
     * @param names the names of the files in it
     * @param layout the library that the network is of
     * @param preference which weights are wanted
     * @return the file to read
     * @throws Diffusion4jException if there is none; the message says what is there instead
     */
    public static WeightChoice of(
            String where, Collection<String> names, WeightLayout layout, WeightPreference preference) {
        return find(names, layout, preference).orElseThrow(() -> missing(where, names, layout, preference));
    }

    /**
     * Chooses in a folder of this machine.
     *
     * @param folder the folder
     * @param layout the library that the network is of
     * @param preference which weights are wanted
     * @return the file to read
     * @throws Diffusion4jException if there is none, or the folder can't be listed
     */
    public static WeightChoice in(Path folder, WeightLayout layout, WeightPreference preference) {
        return of(folder.toString(), FolderListing.of(folder, List.of()).names(""), layout, preference);
    }

    /**
     * Chooses, if there is something to choose.
     *
     * @param names the names of the files in a folder
     * @param layout the library that the network is of
     * @param preference which weights are wanted
     * @return the file to read; empty if there is none
     */
    public static Optional<WeightChoice> find(
            Collection<String> names, WeightLayout layout, WeightPreference preference) {
        return candidates(layout, preference).stream()
                .filter(candidate -> names.contains(candidate.file))
                .findFirst();
    }

    /**
     * All files that would do.
     *
     * @param layout the library that the network is of
     * @param preference which weights are wanted
     * @return the first one that exists is read
     */
    public static List<WeightChoice> candidates(WeightLayout layout, WeightPreference preference) {
        String variant = preference.variant();
        WeightChoice safe = whole(layout, WeightFormat.SAFETENSORS, variant);
        WeightChoice torch = whole(layout, WeightFormat.TORCH, variant);
        List<WeightChoice> safeIndexes = indexes(layout, WeightFormat.SAFETENSORS, variant);
        List<WeightChoice> torchIndexes = indexes(layout, WeightFormat.TORCH, variant);
        boolean onlyTorch = Boolean.FALSE.equals(preference.safetensors());
        List<WeightChoice> candidates = new ArrayList<>();
        if (!onlyTorch) {
            add(candidates, safe, safeIndexes, layout == WeightLayout.DIFFUSERS);
        }
        if (!Boolean.TRUE.equals(preference.safetensors())) {
            add(candidates, torch, torchIndexes, layout == WeightLayout.DIFFUSERS && onlyTorch);
        }
        return candidates;
    }

    private static void add(
            List<WeightChoice> candidates, WeightChoice whole, List<WeightChoice> indexes, boolean indexFirst) {
        if (indexFirst) {
            candidates.addAll(indexes);
        }
        candidates.add(whole);
        if (!indexFirst) {
            candidates.addAll(indexes);
        }
    }

    private static WeightChoice whole(WeightLayout layout, WeightFormat format, String variant) {
        return new WeightChoice(layout.stem(format) + word(variant) + "." + format.suffix(), false, format, variant);
    }

    /** Today's spelling of an index, then the one that diffusers had until 0.31. */
    private static List<WeightChoice> indexes(WeightLayout layout, WeightFormat format, String variant) {
        String name = layout.stem(format) + "." + format.suffix();
        WeightChoice today = new WeightChoice(name + ".index" + word(variant) + ".json", true, format, variant);
        if (variant == null || layout != WeightLayout.DIFFUSERS) {
            return List.of(today);
        }
        return List.of(today, new WeightChoice(name + word(variant) + ".index.json", true, format, variant));
    }

    private static String word(String variant) {
        return variant == null ? "" : "." + variant;
    }

    /**
     * The files that hold the tensors.
     *
     * @param folder the folder in which this was chosen
     * @return this file, or the names of its shards in the order in which they are read
     * @throws Diffusion4jException if it is an index that isn't as it must be
     */
    public List<String> files(Path folder) {
        return sharded
                ? List.copyOf(
                        ShardIndex.read(folder.resolve(file), format).shards().keySet())
                : List.of(file);
    }

    /** The names of weights, in which each group that isn't null is a variant. */
    private static Pattern weights(WeightLayout layout) {
        String shard = "(?:-\\d{5}-of-\\d{5})?";
        String word = "(?:\\.([^.]+?))?";
        StringBuilder formats = new StringBuilder();
        for (WeightFormat format : WeightFormat.values()) {
            formats.append(formats.isEmpty() ? "" : "|")
                    .append(layout.stem(format) + shard + word + shard + "\\." + format.suffix());
        }
        return Pattern.compile("(?:" + formats + ")(?:" + word + "\\.index" + word + "\\.json)?");
    }

    private static Diffusion4jException missing(
            String where, Collection<String> names, WeightLayout layout, WeightPreference preference) {
        TreeSet<String> variants = new TreeSet<>();
        TreeSet<String> found = new TreeSet<>();
        Pattern pattern = weights(layout);
        for (String name : names) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.matches()) {
                found.add(name);
                for (int group = 1; group <= matcher.groupCount(); group++) {
                    if (matcher.group(group) != null) {
                        variants.add(matcher.group(group));
                    }
                }
            }
        }
        String wanted = candidates(layout, preference).stream()
                .filter(candidate -> !candidate.sharded)
                .map(WeightChoice::file)
                .reduce((first, second) -> first + " or " + second)
                .orElseThrow();
        String hint = preference.variant() == null && !variants.isEmpty()
                ? " (the variant " + String.join(" or ", variants) + " has to be asked for)"
                : "";
        return new Diffusion4jException(
                where + ": expected " + wanted + ", found " + FileFault.oneLine(shown(found) + hint));
    }

    private static String shown(TreeSet<String> found) {
        if (found.isEmpty()) {
            return "no such file";
        }
        String first = String.join(", ", found.stream().limit(SHOWN).toList());
        return "only " + (found.size() <= SHOWN ? first : first + " and " + (found.size() - SHOWN) + " more");
    }
}
