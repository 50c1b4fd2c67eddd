package org.diffusion4j.weights.singlefile;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts blocks by the names of their parameters, such as {@code down_blocks.2.resnets.0.conv1.weight}. */
record BlockCount(Set<String> parameters) {
    /** How many blocks there are of a numbered kind: one more than the largest number. */
    int of(String kind) {
        Pattern pattern = Pattern.compile(Pattern.quote(kind) + "\\.(\\d{1,6})\\..*");
        int count = 0;
        for (String parameter : parameters) {
            Matcher found = pattern.matcher(parameter);
            if (found.matches()) {
                count = Math.max(count, Integer.parseInt(found.group(1)) + 1);
            }
        }
        return count;
    }

    boolean has(String kind) {
        return parameters.stream().anyMatch(parameter -> parameter.startsWith(kind + "."));
    }

    /**
     * The number of the first block of each level, if the blocks of all levels are counted through.
     *
     * @param levels {@code down_blocks} or {@code up_blocks}
     * @param first that of the first level
     * @param sampler {@code downsamplers} if a resampling is a block of its own; null if it is a part of the block before it
     */
    List<Integer> starts(String levels, int first, String sampler) {
        List<Integer> starts = new ArrayList<>();
        int start = first;
        for (int level = 0; level < of(levels); level++) {
            starts.add(start);
            start += of(levels + "." + level + ".resnets");
            start += sampler != null && has(levels + "." + level + "." + sampler) ? 1 : 0;
        }
        return starts;
    }
}
