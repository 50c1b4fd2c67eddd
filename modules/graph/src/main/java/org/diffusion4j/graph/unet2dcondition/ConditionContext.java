package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;
import static org.diffusion4j.graph.OptionCheck.countableOrNull;

import java.util.List;
import org.diffusion4j.graph.option.EncoderHidType;

/**
 * What the context of a conditional U-Net is made from.
 *
 * @param widths of the context, for each level; all are the same, since there is only one context
 * @param given the width of what it is made from; null if it is taken as it is
 * @param type how it is made; null exactly if {@code given} is
 */
record ConditionContext(List<Integer> widths, Integer given, EncoderHidType type) {
    /** The positions that are made from an image's embedding. */
    static final int IMAGE_POSITIONS = 32;
    /** The positions that are made from it and stand before a text. */
    static final int IMAGE_POSITIONS_BEFORE_TEXT = 10;

    void check(int levels) {
        PerLevel.check("cross_attention_dim", widths, levels, each -> countable("cross_attention_dim", each));
        require(
                widths.stream().distinct().count() == 1,
                "cross_attention_dim",
                "the same width for all levels, as there is one context",
                widths);
        countableOrNull("encoder_hid_dim", given);
        require(
                (given == null) == (type == null),
                "encoder_hid_dim_type",
                given == null ? "null, as encoder_hid_dim is" : "a type, as encoder_hid_dim is given",
                type == null ? null : type.configName());
    }

    /** The width of the context. */
    int width() {
        return widths.get(0);
    }

    /** Whether a text is an input: everywhere but where an image stands for it. */
    boolean hasText() {
        return type != EncoderHidType.IMAGE_PROJ;
    }

    /** The width of the text that is an input. */
    int textWidth() {
        return given == null ? width() : given;
    }

    /** Whether an image's embedding is an input. */
    boolean hasImage() {
        return type == EncoderHidType.IMAGE_PROJ || type == EncoderHidType.TEXT_IMAGE_PROJ;
    }

    /** The width of that embedding. */
    int imageWidth() {
        return type == EncoderHidType.IMAGE_PROJ ? given : width();
    }
}
