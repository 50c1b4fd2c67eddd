package org.diffusion4j.graph.adm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Channels;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.op.Resampling;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Builds the SameDiff graph of a U-Net of guided-diffusion: Dhariwal and Nichol 2021 (arXiv:2105.05233), section 3. Its
 * placeholders are {@value #SAMPLE} [N, C, H, W], {@value #TIMESTEP} [N], with classes {@value #CLASS_LABELS} [N], int64, and for
 * an upsampler {@value #LOW_RES} [N, C, h, w]; its output is {@value #OUTPUT} [N, C', H, W]. A graph to train with, whose dropout
 * is active, has one more placeholder, {@value #DROPOUT_SEED} [N]. Its variables have guided-diffusion's names.
 */
public final class AdmUNetGraph extends NetworkGraph<AdmUNetGraph> {
    /** The noisy images. */
    public static final String SAMPLE = "sample";
    /** The timestep of each image, which may be fractional. */
    public static final String TIMESTEP = "timestep";
    /** The class of each image. */
    public static final String CLASS_LABELS = "class_labels";
    /** The images that an upsampler enlarges. */
    public static final String LOW_RES = "low_res";
    /** The seeds of the dropout masks: an integer below 2^24 per image, a new one at each step. */
    public static final String DROPOUT_SEED = "dropout_seed";
    /** The embedding of timestep and class, [N, 4·modelChannels]: a variable that an engine may be asked for. */
    public static final String EMBEDDING = "emb";
    /** What the network predicts: the noise and, if the variance is learned, as many channels for it. */
    public static final String OUTPUT = "out_sample";

    /** How many times smaller the images are that an upsampler enlarges, if no size is given. */
    private static final int ENLARGEMENT = 4;

    private final AdmUNetConfig config;
    private SampleSize size;
    private SampleSize lowResSize;

    private AdmUNetGraph(AdmUNetConfig config) {
        this.config = config;
        this.size = SampleSize.square(config.imageSize());
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the network's options
     * @return a builder, whose sizes, type and weights may now be set
     */
    public static AdmUNetGraph of(AdmUNetConfig config) {
        return new AdmUNetGraph(config);
    }

    /**
     * Sets the image size, if it isn't the configuration's.
     *
     * @param height a multiple of {@link AdmUNetConfig#sizeMultiple()}
     * @param width a multiple of {@link AdmUNetConfig#sizeMultiple()}
     * @return this
     */
    public AdmUNetGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * Sets the size of the images that an upsampler enlarges, if it isn't a quarter of the image size.
     *
     * @param height at least 1
     * @param width at least 1
     * @return this
     */
    public AdmUNetGraph lowResSize(int height, int width) {
        this.lowResSize = new SampleSize(height, width);
        return this;
    }

    /** Each parameter's shape by its name; none depends on the image's size. */
    static Map<String, long[]> parameterShapes(AdmUNetConfig config) {
        return of(config)
                .size(config.sizeMultiple(), config.sizeMultiple())
                .lowResSize(1, 1)
                .parameterShapes();
    }

    /** The inputs of a graph of this size; -1 stands for any size of the small images. */
    List<NetworkTensor> inputs(long lowHeight, long lowWidth) {
        List<NetworkTensor> inputs = new ArrayList<>();
        inputs.add(new NetworkTensor(SAMPLE, dataType(), -1, config.inChannels(), size.height(), size.width()));
        inputs.add(new NetworkTensor(TIMESTEP, DataType.FLOAT, -1));
        if (config.numClasses() != null) {
            inputs.add(new NetworkTensor(CLASS_LABELS, DataType.INT64, -1));
        }
        if (config.superResolution()) {
            inputs.add(new NetworkTensor(LOW_RES, dataType(), -1, config.inChannels(), lowHeight, lowWidth));
        }
        return List.copyOf(inputs);
    }

    @Override
    protected AdmUNetGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope given) {
        SampleSize small = lowResSize != null
                ? lowResSize
                : new SampleSize(Math.max(1, size.height() / ENLARGEMENT), Math.max(1, size.width() / ENLARGEMENT));
        inputs(small.height(), small.width())
                .forEach(input -> sd.placeHolder(input.name(), input.dataType(), input.shape()));
        SDVariable dropoutSeed =
                given.training() && config.dropout() > 0 ? sd.placeHolder(DROPOUT_SEED, DataType.FLOAT, -1) : null;
        ParameterScope scope = new ParameterScope(given.parameters(), "", given.training(), dropoutSeed);
        ShapedVariable x = image(sd, SAMPLE, size);
        if (config.superResolution()) {
            ShapedVariable enlarged = Resampling.resizeBilinear(image(sd, LOW_RES, small), size.height(), size.width());
            x = Channels.concat(x, enlarged);
        }
        output(scope, x, embedding(sd, scope)).variable().rename(OUTPUT);
    }

    private ShapedVariable image(SameDiff sd, String placeholder, SampleSize given) {
        return new ShapedVariable(sd.getVariable(placeholder), -1, config.inChannels(), given.height(), given.width());
    }

    private AdmLayers layers() {
        return new AdmLayers(
                config.levels(),
                config.dropout(),
                config.useScaleShiftNorm(),
                config.resblockUpdown(),
                config.convResample(),
                config.useNewAttentionOrder());
    }

    private ShapedVariable embedding(SameDiff sd, ParameterScope scope) {
        ShapedVariable embedding = layers().embedding(scope, sd.getVariable(TIMESTEP), dataType());
        SDVariable sum = embedding.variable();
        if (config.numClasses() != null) {
            SDVariable labels = sd.getVariable(CLASS_LABELS);
            ShapedVariable ofClass =
                    Embeddings.embedding(scope.child("label_emb"), labels, config.numClasses(), embedding.size(1));
            sum = sum.add(ofClass.variable());
        }
        return embedding.with(sum.rename(EMBEDDING));
    }

    private ShapedVariable output(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        AdmLayers layers = layers();
        AdmLevels levels = config.levels();
        List<ShapedVariable> images = layers.inputBlocks(scope, x, embedding);
        ShapedVariable h = layers.middle(scope, images.get(images.size() - 1), embedding);
        Deque<ShapedVariable> skips = new ArrayDeque<>(images);
        for (int level = levels.count() - 1; level >= 0; level--) {
            for (int block = 0; block <= levels.numResBlocks(); block++) {
                ParameterScope own = scope.child("output_blocks." + (images.size() - skips.size()));
                int layer = 0;
                h = layers.residual(
                        own.child(String.valueOf(layer++)),
                        Channels.concat(h, skips.removeLast()),
                        embedding,
                        levels.width(level));
                if (levels.attends(level)) {
                    h = layers.attention(own.child(String.valueOf(layer++)), h, config.headsUpwards());
                }
                if (level > 0 && block == levels.numResBlocks()) {
                    h = layers.larger(own.child(String.valueOf(layer)), h, embedding);
                }
            }
        }
        ShapedVariable normalized = Norms.groupNorm(scope.child("out.0"), h, AdmLevels.GROUPS, AdmAttention.EPS);
        return Convolutions.conv2d(
                AdmNames.zeros(scope.child("out.2")), Activations.silu(normalized), config.outChannels(), 3);
    }
}
