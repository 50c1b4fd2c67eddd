package org.diffusion4j.graph.adm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Builds the SameDiff graph of a classifier of noisy images: Dhariwal and Nichol 2021 (arXiv:2105.05233), section 4. Its
 * placeholders are {@value #SAMPLE} [N, C, H, W] and {@value #TIMESTEP} [N]; its output is {@value #LOGITS} [N, classes]. A graph
 * to train with, whose dropout is active, has one more placeholder, {@value AdmUNetGraph#DROPOUT_SEED} [N]. Its variables have
 * guided-diffusion's names.
 */
public final class AdmClassifierGraph extends NetworkGraph<AdmClassifierGraph> {
    /** The noisy images. */
    public static final String SAMPLE = AdmUNetGraph.SAMPLE;
    /** The timestep of each image, which may be fractional. */
    public static final String TIMESTEP = AdmUNetGraph.TIMESTEP;
    /** A number for each class, whose softmax is the class's probability. */
    public static final String LOGITS = "logits";

    private final AdmClassifierConfig config;
    private SampleSize size;

    private AdmClassifierGraph(AdmClassifierConfig config) {
        this.config = config;
        this.size = SampleSize.square(config.imageSize());
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the classifier's options
     * @return a builder, whose size, type and weights may now be set
     */
    public static AdmClassifierGraph of(AdmClassifierConfig config) {
        return new AdmClassifierGraph(config);
    }

    /**
     * Sets the image size, if it isn't the configuration's. Attention pooling takes only as many pixels as that has.
     *
     * @param height at least 2 to the power of the number of levels but one
     * @param width the same
     * @return this
     */
    public AdmClassifierGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    static Map<String, long[]> parameterShapes(AdmClassifierConfig config) {
        AdmClassifierGraph graph = of(config);
        return config.pool() == AdmPool.ATTENTION
                ? graph.parameterShapes()
                : graph.size(config.levels().sizeMultiple(), config.levels().sizeMultiple())
                        .parameterShapes();
    }

    static List<NetworkTensor> inputs(AdmClassifierConfig config, DataType type, SampleSize size) {
        return List.of(
                new NetworkTensor(SAMPLE, type, -1, config.inChannels(), size.height(), size.width()),
                new NetworkTensor(TIMESTEP, DataType.FLOAT, -1));
    }

    @Override
    protected AdmClassifierGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope given) {
        inputs(config, dataType(), size)
                .forEach(input -> sd.placeHolder(input.name(), input.dataType(), input.shape()));
        SDVariable dropoutSeed = given.training() && config.dropout() > 0
                ? sd.placeHolder(AdmUNetGraph.DROPOUT_SEED, DataType.FLOAT, -1)
                : null;
        ParameterScope scope = new ParameterScope(given.parameters(), "", given.training(), dropoutSeed);
        AdmLayers layers = new AdmLayers(
                config.levels(),
                config.dropout(),
                config.useScaleShiftNorm(),
                config.resblockUpdown(),
                config.convResample(),
                config.useNewAttentionOrder());
        ShapedVariable embedding = layers.embedding(scope, sd.getVariable(TIMESTEP), dataType());
        embedding.variable().rename(AdmUNetGraph.EMBEDDING);
        ShapedVariable x =
                new ShapedVariable(sd.getVariable(SAMPLE), -1, config.inChannels(), size.height(), size.width());
        List<ShapedVariable> images = new ArrayList<>(layers.inputBlocks(scope, x, embedding));
        images.add(layers.middle(scope, images.get(images.size() - 1), embedding));
        logits(scope.child("out"), images).variable().rename(LOGITS);
    }

    private ShapedVariable logits(ParameterScope out, List<ShapedVariable> images) {
        AdmPooling pooling = new AdmPooling(config.outChannels(), config.numHeadChannels());
        return switch (config.pool()) {
            case ADAPTIVE -> pooling.ofLast(out, images.get(images.size() - 1), false);
            case ATTENTION -> pooling.ofLast(out, images.get(images.size() - 1), true);
            case SPATIAL -> pooling.ofAll(out, images, false);
            case SPATIAL_V2 -> pooling.ofAll(out, images, true);
        };
    }
}
