package org.diffusion4j.weights.singlefile;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The names that a network's parameters have in a single file, without what they all begin with. */
interface OriginalNames {
    /**
     * Where a parameter is.
     *
     * @param parameter diffusers' name
     * @return empty if no single file holds such a parameter
     */
    Optional<OriginalKey> of(String parameter);

    /**
     * Whether a tensor that is no parameter may be left out.
     *
     * @param name the tensor's name, without what they all begin with
     */
    default boolean ignores(String name) {
        return false;
    }

    /** How a kind of network is named. */
    enum Family {
        /** Denoising networks: input, middle and output blocks counted through all levels. */
        UNET(UNetNames::new),
        /** Autoencoders. */
        AUTOENCODER(AutoencoderNames::new),
        /** OpenAI's text encoder, which is named as by transformers. */
        CLIP(ClipNames::new),
        /** OpenCLIP's text encoders, with the three projections of attention in one tensor. */
        OPEN_CLIP(OpenClipNames::new);

        private final Function<Set<String>, OriginalNames> names;

        Family(Function<Set<String>, OriginalNames> names) {
            this.names = names;
        }

        /** @param parameters all of the network's, which tell how its blocks are counted */
        OriginalNames names(Set<String> parameters) {
            return names.apply(parameters);
        }
    }
}
