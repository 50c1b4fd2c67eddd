package org.diffusion4j.verify;

import java.util.List;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;
import org.diffusion4j.pipeline.part.TinyAutoencoder;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tiny autoencoder: what it encodes and decodes. */
final class TinyAutoencoderCase {
    private TinyAutoencoderCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<AutoencoderTinyConfig> component =
                ComponentFolder.read(reference.folder(), AutoencoderTinyConfig.class)) {
            TinyAutoencoder autoencoder =
                    new TinyAutoencoder(component.config(), component.tensors(), engines::openGraph);
            Tolerance tolerance = reference.tolerance();
            INDArray latents = autoencoder.encode(reference.tensor("image"));
            return List.of(
                    tolerance.compare("latents", latents, reference.tensor("latents")),
                    tolerance.compare(
                            "scaled_latent", autoencoder.scale().scaled(latents), reference.tensor("scaled_latent")),
                    tolerance.compare(
                            "decoded", autoencoder.decode(reference.tensor("z")), reference.tensor("decoded")));
        }
    }
}
