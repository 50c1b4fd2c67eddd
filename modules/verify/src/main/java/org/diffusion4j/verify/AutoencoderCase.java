package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderKLGraph;
import org.diffusion4j.graph.vae.AutoencoderPart;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.diffusion4j.pipeline.part.LatentDistribution;
import org.diffusion4j.pipeline.part.Tiling;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An autoencoder: what it encodes, decodes and computes in between, and its tiles if the case has them. */
final class AutoencoderCase {
    private static final String INTERMEDIATE = "inter.";

    private final ReferenceCase reference;
    private final Component<AutoencoderKLConfig> component;
    private final Engines engines;
    private final Tolerance tolerance;
    private final List<Comparison> result = new ArrayList<>();

    private AutoencoderCase(ReferenceCase reference, Component<AutoencoderKLConfig> component, Engines engines) {
        this.reference = reference;
        this.component = component;
        this.engines = engines;
        this.tolerance = reference.tolerance();
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<AutoencoderKLConfig> component =
                ComponentFolder.read(reference.folder(), AutoencoderKLConfig.class)) {
            AutoencoderCase autoencoder = new AutoencoderCase(reference, component, engines);
            autoencoder.verify();
            return autoencoder.result;
        }
    }

    private void verify() {
        Autoencoder whole = new Autoencoder(component.config(), component.tensors(), engines::openGraph);
        INDArray image = reference.tensor("image");
        INDArray moments = whole.moments(image);
        compare("moments", moments);
        LatentDistribution latents = LatentDistribution.of(moments);
        compare("mean", latents.mean());
        compare("logvar", latents.logvar());
        compare("std", latents.std());
        INDArray sample = latents.sample(reference.tensor("noise"));
        compare("latent_sample", sample);
        compare("scaled_latent", whole.scale().scaled(sample));
        compare("kl", Nd4j.createFromArray(latents.kl()));
        INDArray z = reference.tensor("z");
        compare("decoded", whole.decode(z));
        intermediate(AutoencoderPart.ENCODER, AutoencoderKLGraph.SAMPLE, image);
        intermediate(AutoencoderPart.DECODER, AutoencoderKLGraph.LATENT, z);
        if (reference.has("tile.z")) {
            CaseOptions tile = reference.part("tile");
            Autoencoder tiled = whole.tiled(new Tiling(
                    tile.integer("tile_sample_min_size"),
                    tile.integer("tile_latent_min_size"),
                    tile.number("tile_overlap_factor")));
            compare("tile.decoded", tiled.decode(reference.tensor("tile.z")));
            compare("tile.decoded_untiled", whole.decode(reference.tensor("tile.z")));
            compare("tile.moments", tiled.moments(reference.tensor("tile.image")));
        }
    }

    private void compare(String name, INDArray actual) {
        result.add(tolerance.compare(name, actual, reference.tensor(name)));
    }

    /** The results of the modules of one part. */
    private void intermediate(AutoencoderPart part, String input, INDArray given) {
        String prefix = part == AutoencoderPart.ENCODER ? "encoder." : "decoder.";
        List<String> modules = reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(INTERMEDIATE + prefix))
                .map(name -> name.substring(INTERMEDIATE.length()))
                .toList();
        if (modules.isEmpty()) {
            return;
        }
        AutoencoderKLGraph graph = AutoencoderKLGraph.of(component.config(), part)
                .size((int) given.size(2), (int) given.size(3))
                .latentSize((int) given.size(2), (int) given.size(3))
                .sharedWeights(component.tensors());
        try (GraphEngine engine = engines.openGraph(graph.build(), modules)) {
            Map<String, INDArray> found = engine.run(Map.of(input, given));
            modules.forEach(module -> compare(INTERMEDIATE + module, found.get(module)));
        }
    }
}
