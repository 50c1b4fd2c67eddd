package org.diffusion4j.weights.diffusers;

import static org.diffusion4j.Requirement.require;

/**
 * Which weights to read where a folder has several of the same network.
 *
 * @param variant the word in the files' names, such as {@code fp16}, {@code non_ema} or {@code ema}; null for the files without
 *     one, which are the only ones that are taken then
 * @param safetensors true for safetensors files only, false for files of torch only; null for safetensors files where there are
 *     some, and otherwise files of torch
 */
public record WeightPreference(String variant, Boolean safetensors) {
    /** The files without a variant, in the safer format. */
    public static final WeightPreference USUAL = new WeightPreference(null, null);

    /**
     * Checks the variant.
     *
     * @throws IllegalArgumentException if the variant can't be a part of a file's name
     */
    public WeightPreference {
        require(
                variant == null || variant.matches("[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,63}"),
                "variant",
                "a word in the files' names such as fp16, of letters, digits, '.', '_', '+' and '-'",
                variant);
    }

    /**
     * The usual choice among the files of a variant.
     *
     * @param variant the word in the files' names, such as {@code fp16}; null for the files without one
     * @return the preference
     * @throws IllegalArgumentException if it can't be a part of a file's name
     */
    public static WeightPreference variant(String variant) {
        return new WeightPreference(variant, null);
    }

    /** The same without a variant. */
    WeightPreference withoutVariant() {
        return new WeightPreference(null, safetensors);
    }
}
