package org.diffusion4j.zoo;

import java.util.Locale;

/**
 * Where an entry's weights are on the Hugging Face hub.
 *
 * @param name owner and name, such as {@code google/ddpm-cat-256}
 * @param licence the licence of the weights, by its name on the hub, such as {@code apache-2.0}
 */
public record HubRepository(String name, String licence) {
    /** What an entry says as long as it can't fetch its weights. */
    UnsupportedOperationException notHere(String entry) {
        return new UnsupportedOperationException(String.format(
                Locale.ROOT,
                "%s: expected its weights in the jar, found them only on huggingface.co/%s, from where nothing is fetched yet;"
                        + " download that folder and open it by its path",
                entry,
                name));
    }
}
