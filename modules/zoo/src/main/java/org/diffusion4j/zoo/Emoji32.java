package org.diffusion4j.zoo;

/**
 * Draws emoji of a text, 32×32, in colour. Its U-Net denoises the pictures themselves and attends to a small text encoder of CLIP's
 * form, which learned together with it from the captions.
 */
public final class Emoji32 extends PackedPipelineModel {
    /** The model's name. */
    public static final String NAME = "emoji-32";

    /** Makes the entry. */
    public Emoji32() {
        super(NAME, "emoji of a text");
    }
}
