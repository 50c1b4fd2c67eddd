package org.diffusion4j.pipeline.part;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderKLGraph;
import org.diffusion4j.graph.vae.AutoencoderPart;
import org.diffusion4j.pipeline.UnfinishedArrays;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.Component;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * An autoencoder that is ready to run. Each call opens an engine for the size at hand and closes it, so that the memory of
 * encoder and decoder is never held together, nor between two calls. It has no state, so threads may share it. An image of a
 * batch has the same bits as alone.
 */
public final class Autoencoder {
    private final AutoencoderKLConfig config;
    private final Map<String, ? extends WeightSource> weights;
    private final GraphOpener opener;
    /** Null if pictures of all sizes go through the network as a whole. */
    private final Tiling tiling;

    private final boolean sliced;

    /**
     * An autoencoder that takes whole batches of whole pictures.
     *
     * @param config its options
     * @param weights its parameters by diffusers' names, which stay open for as long as this is used
     * @param opener opens its engines, one at a time; it decides what {@code force_upcast} means
     */
    public Autoencoder(AutoencoderKLConfig config, Map<String, ? extends WeightSource> weights, GraphOpener opener) {
        this(config, weights, opener, null, false);
    }

    private Autoencoder(
            AutoencoderKLConfig config,
            Map<String, ? extends WeightSource> weights,
            GraphOpener opener,
            Tiling tiling,
            boolean sliced) {
        this.config = config;
        this.weights = weights;
        this.opener = opener;
        this.tiling = tiling;
        this.sliced = sliced;
    }

    /**
     * An autoencoder of a model's folder, which takes whole batches of whole pictures. With {@code force_upcast} it runs in
     * float32 whatever precision is asked for.
     *
     * @param component its options and weights, which stay open for as long as this is used
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the autoencoder
     */
    public static Autoencoder of(
            Component<AutoencoderKLConfig> component, EngineKind kind, int threads, Precision precision) {
        Precision own = component.config().forceUpcast() ? Precision.FP32 : precision;
        return new Autoencoder(component.config(), component.tensors(), GraphOpener.of(kind, threads, own));
    }

    /**
     * The same autoencoder, which cuts pictures that are larger than a tile.
     *
     * @param with the tiles
     * @return a new object
     */
    public Autoencoder tiled(Tiling with) {
        return new Autoencoder(config, weights, opener, with, sliced);
    }

    /**
     * The same autoencoder, which takes the images of a batch one after the other: that needs less memory and more time.
     *
     * @return a new object
     */
    public Autoencoder sliced() {
        return new Autoencoder(config, weights, opener, tiling, true);
    }

    /**
     * The autoencoder's options.
     *
     * @return its configuration
     */
    public AutoencoderKLConfig config() {
        return config;
    }

    /**
     * How its latents become those of a diffusion model.
     *
     * @return the configuration's scale
     */
    public LatentScale scale() {
        return LatentScale.of(config);
    }

    /**
     * Encodes pictures.
     *
     * @param images [N, C, H, W] in [-1, 1], each side at least {@link AutoencoderKLConfig#sizeFactor()}
     * @return the distribution of their latents, [N, L, H / factor, W / factor], unscaled
     * @throws IllegalArgumentException if the images, or the tiles at their ends, are too small
     */
    public LatentDistribution encode(INDArray images) {
        return LatentDistribution.of(moments(images));
    }

    /**
     * The encoder's output.
     *
     * @param images as for {@link #encode}
     * @return [N, 2L, H / factor, W / factor]: means, then logarithms of variances of any size
     */
    public INDArray moments(INDArray images) {
        return run(AutoencoderPart.ENCODER, images, tiling == null ? null : tiling.encoding());
    }

    /**
     * Decodes latents.
     *
     * @param latents unscaled, [N, L, h, w]
     * @return pictures in about [-1, 1], [N, C', h·factor, w·factor], which belong to the caller
     */
    public INDArray decode(INDArray latents) {
        return run(AutoencoderPart.DECODER, latents, tiling == null ? null : tiling.decoding());
    }

    private INDArray run(AutoencoderPart part, INDArray batch, TileGrid grid) {
        if (grid == null || !grid.cuts(batch)) {
            return runWhole(part, List.of(batch)).get(0);
        }
        return grid.run(batch, tiles -> runWhole(part, tiles));
    }

    /** Runs batches of equal size. */
    private List<INDArray> runWhole(AutoencoderPart part, List<INDArray> batches) {
        boolean encodes = part == AutoencoderPart.ENCODER;
        String input = encodes ? AutoencoderKLGraph.SAMPLE : AutoencoderKLGraph.LATENT;
        String output = encodes ? AutoencoderKLGraph.MOMENTS : AutoencoderKLGraph.DECODED;
        int height = Math.toIntExact(batches.get(0).size(2));
        int width = Math.toIntExact(batches.get(0).size(3));
        AutoencoderKLGraph graph = AutoencoderKLGraph.of(config, part);
        graph = encodes ? graph.size(height, width) : graph.latentSize(height, width);
        try (GraphEngine engine = opener.open(graph.sharedWeights(weights).build(), List.of(output));
                UnfinishedArrays results = new UnfinishedArrays()) {
            for (INDArray batch : batches) {
                results.add(sliced ? oneByOne(engine, input, output, batch) : run(engine, input, output, batch));
            }
            return results.take();
        }
    }

    private static INDArray oneByOne(GraphEngine engine, String input, String output, INDArray batch) {
        long images = batch.size(0);
        if (images == 1) {
            return run(engine, input, output, batch);
        }
        try (UnfinishedArrays done = new UnfinishedArrays()) {
            INDArray[] results = new INDArray[Math.toIntExact(images)];
            for (int i = 0; i < results.length; i++) {
                try (INDArray image = batch.get(NDArrayIndex.interval(i, i + 1)).dup('c')) {
                    results[i] = done.add(run(engine, input, output, image));
                }
            }
            return Nd4j.concat(0, results);
        }
    }

    private static INDArray run(GraphEngine engine, String input, String output, INDArray batch) {
        return engine.run(Map.of(input, batch)).get(output);
    }
}
