package org.diffusion4j.pipeline;

import java.util.Arrays;
import java.util.List;
import org.diffusion4j.Diffusion4jException;

/**
 * An option of a sampler, as somebody wrote it.
 *
 * @param key diffusers' name
 * @param value a boolean, a number, a word, a list of these, or null
 */
public record SamplerOption(String key, Object value) {
    /**
     * Reads an option.
     *
     * @param text such as {@code solver_order=3} or {@code use_karras_sigmas=true}; lists have commas or are in brackets
     * @return the option
     * @throws Diffusion4jException if it has no key
     */
    public static SamplerOption parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new Diffusion4jException("sampler-option: expected KEY=VALUE, found '" + text + "'");
        }
        return new SamplerOption(text.substring(0, equals), value(text.substring(equals + 1)));
    }

    /** Parses a value like JSON: a boolean, a number or a list of numbers; anything else is a word. */
    private static Object value(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        if (text.equals("null")) {
            return null;
        }
        if (text.contains(",") || (text.startsWith("[") && text.endsWith("]"))) {
            String inner = text.startsWith("[") ? text.substring(1, text.length() - 1) : text;
            return inner.isBlank()
                    ? List.of()
                    : Arrays.stream(inner.split(","))
                            .map(element -> value(element.strip()))
                            .toList();
        }
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            return number(text);
        }
    }

    private static Object number(String text) {
        // Java accepts numbers that end with the letter of a type, which others don't.
        if (text.matches("[-+.0-9eE]+")) {
            try {
                return Double.valueOf(text);
            } catch (NumberFormatException e) {
                return text;
            }
        }
        return text.equals("inf") || text.equals("Infinity") ? (Object) Double.POSITIVE_INFINITY : text;
    }
}
