package org.diffusion4j.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A value that a configuration file writes as a word. Enums implement this interface; by default the word is the constant's
 * name in lower case.
 */
public interface ConfigName {
    /**
     * The constant's Java name, which every enum has.
     *
     * @return such as {@code SCALED_LINEAR}
     */
    String name();

    /**
     * The word in diffusers' files. A value that diffusers doesn't have has a word of the same kind.
     *
     * @return such as {@code scaled_linear}
     */
    default String configName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds the constant of a word.
     *
     * @param type the enum's class
     * @param option the option's key, for the message
     * @param word the word in the file
     * @return the constant of that word
     * @param <E> the enum
     * @throws IllegalArgumentException if no constant has that word; the message lists the words
     */
    static <E extends Enum<E> & ConfigName> E of(Class<E> type, String option, String word) {
        for (E constant : type.getEnumConstants()) {
            if (constant.configName().equals(word)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(option + ": expected one of "
                + Arrays.stream(type.getEnumConstants())
                        .map(ConfigName::configName)
                        .collect(Collectors.joining(", "))
                + ", found '" + word + "'");
    }
}
