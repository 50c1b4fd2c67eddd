package org.diffusion4j.text;

import java.util.List;

/**
 * A prompt as token ids.
 *
 * @param ids the start token, the prompt's tokens, the end token and padding; always as many as the tokenizer's length
 * @param length how many of the ids aren't padding
 * @param cut the words that found no room, or not all of one, separated as in the prompt but cleaned as the tokenizer does;
 *     empty if all fit
 */
public record EncodedPrompt(List<Integer> ids, int length, String cut) {
    /** Keeps copies. */
    public EncodedPrompt {
        ids = List.copyOf(ids);
    }

    /**
     * What to tell the user of a prompt that was cut.
     *
     * @return one sentence, which names the words; empty if all fit
     */
    public String warning() {
        return cut.isEmpty() ? "" : "prompt: expected at most " + (ids.size() - 2) + " tokens, cut off: '" + cut + "'";
    }
}
