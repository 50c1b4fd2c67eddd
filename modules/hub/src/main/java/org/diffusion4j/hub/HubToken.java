package org.diffusion4j.hub;

import static org.diffusion4j.Requirement.requireGiven;

/**
 * What opens private and gated models. It isn't printed, and is sent to the hub's own host only.
 *
 * @param value the token itself
 */
public record HubToken(String value) {
    /** @throws org.diffusion4j.Diffusion4jException if it isn't one word of visible characters, as all tokens are */
    public HubToken {
        requireGiven(
                !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c < 0x7f),
                "the hub's token (HF_TOKEN, or its file)",
                "one word",
                "spaces or other characters in it");
    }

    /** Nothing of the token. */
    @Override
    public String toString() {
        return "a token";
    }
}
