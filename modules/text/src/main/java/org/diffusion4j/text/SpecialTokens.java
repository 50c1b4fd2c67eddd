package org.diffusion4j.text;

import static org.diffusion4j.Requirement.require;

import java.util.Map;

/**
 * The tokens that stand for no bytes, by their ids, and how long an encoded prompt is.
 *
 * @param start the first token of a prompt
 * @param end the token after a prompt's last
 * @param pad fills up what is left; the end token with CLIP ViT-L/14, 0 ({@code !}) with Stable Diffusion 2 and the second
 *     encoder of SDXL
 * @param unknown stands for a byte that the vocabulary lacks
 * @param texts each text that becomes one token wherever it stands in a prompt, and its id; upper and lower case differ
 * @param length the number of ids of an encoded prompt, at least 3
 */
public record SpecialTokens(int start, int end, int pad, int unknown, Map<String, Integer> texts, int length) {
    /** The length that CLIP's text encoders take. */
    public static final int CLIP_LENGTH = 77;

    /** Checks the length. */
    public SpecialTokens {
        texts = Map.copyOf(texts);
        require(length >= 3, "model_max_length", "at least 3", length);
        require(texts.keySet().stream().noneMatch(String::isEmpty), "special tokens", "texts", "an empty one");
    }
}
