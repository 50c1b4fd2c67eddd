package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;

import java.util.List;
import java.util.function.Consumer;

/** Options that have one value for each level, or a single one that holds for all. */
final class PerLevel {
    private PerLevel() {}

    /** The value of a level. */
    static <T> T at(List<T> values, int level) {
        return values.get(values.size() == 1 ? 0 : level);
    }

    /** Refuses a list that is neither of one value nor of one for each level, or that has a wrong value. */
    static <T> void check(String option, List<T> values, int levels, Consumer<T> each) {
        require(
                values.size() == 1 || values.size() == levels,
                option,
                "a single one, or one per level (" + levels + ")",
                values.size());
        values.forEach(each);
    }
}
