package org.diffusion4j.graph.option;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** An option's value that has a name in {@code config.json}. */
public interface ConfigValue {
    /**
     * The value's name in {@code config.json}, such as {@code scale_shift}.
     *
     * @return the name
     */
    String key();

    /**
     * Finds the value of a name.
     *
     * @param type the option's values
     * @param option the option's name in {@code config.json}, for the message
     * @param key the name looked for
     * @return the value
     * @param <T> the option's values
     * @throws IllegalArgumentException if no value has that name; the message lists the names
     */
    static <T extends Enum<T> & ConfigValue> T of(Class<T> type, String option, String key) {
        for (T value : type.getEnumConstants()) {
            if (value.key().equals(key)) {
                return value;
            }
        }
        String known =
                Arrays.stream(type.getEnumConstants()).map(ConfigValue::key).collect(Collectors.joining(", "));
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "%s: expected one of %s, found '%s'", option, known, key));
    }
}
