package org.diffusion4j.diffusion;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A value that diffusers' JSON writes as a word. Enums implement this interface; by default the word is the constant's name
 * in lower case.
 */
public interface DiffusersName {
    /** @return the constant's Java name; every enum has it */
    String name();

    /** @return the word in diffusers' JSON, such as {@code scaled_linear} */
    default String diffusersName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds the constant of a word in diffusers' JSON.
     *
     * @param <E> the enum
     * @param type the enum's class
     * @param field the name of the JSON field, for the message
     * @param word the word as it stands in the JSON
     * @return the constant of that word
     * @throws IllegalArgumentException if no constant has that word; the message lists the words
     */
    static <E extends Enum<E> & DiffusersName> E parse(Class<E> type, String field, String word) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.diffusersName().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(field + ": expected one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(DiffusersName::diffusersName)
                                .collect(Collectors.joining(", "))
                        + ", found " + word));
    }
}
