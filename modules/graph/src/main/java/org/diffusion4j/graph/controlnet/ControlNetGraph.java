package org.diffusion4j.graph.controlnet;

import static org.diffusion4j.Requirement.require;

import java.util.Iterator;
import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.block.HintEncoder;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.unet2dcondition.ConditionEncoder;
import org.diffusion4j.graph.unet2dcondition.ConditionInputs;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Builds a ControlNet's SameDiff graph: Zhang et al. 2023 (arXiv:2302.05543). Its placeholders are those of its U-Net's
 * {@linkplain UNet2DConditionGraph graph}, without a mask, and {@value #PICTURE} [N, 3, factor·H, factor·W], in 0..1, whose
 * factor is {@link ControlNetConfig#pictureFactor()}. Its outputs are {@code down_block_res_sample_k} for each of the encoder's outputs and
 * {@value #MIDDLE_OUTPUT}, each of the shape of what it is to be added to. They are those of a conditioning scale of 1: for
 * another one, multiply them by it.
 */
public final class ControlNetGraph extends NetworkGraph<ControlNetGraph> {
    /** The picture that controls. */
    public static final String PICTURE = "controlnet_cond";
    /** What a U-Net adds to its bottleneck's output. */
    public static final String MIDDLE_OUTPUT = "mid_block_res_sample";

    private final ControlNetConfig config;
    private final UNet2DConditionConfig encoder;
    private SampleSize size;
    private ConditionInputs inputs;

    private ControlNetGraph(ControlNetConfig config) {
        this.config = config;
        this.encoder = config.encoder();
        this.inputs = ConditionInputs.of(encoder);
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the network's options
     * @return a builder, whose size must be set
     */
    public static ControlNetGraph of(ControlNetConfig config) {
        return new ControlNetGraph(config);
    }

    /**
     * The name of what a U-Net adds to one of its encoder's outputs.
     *
     * @param number from 0, the first convolution, on
     * @return the output's name
     */
    public static String downOutput(int number) {
        return "down_block_res_sample_" + number;
    }

    /**
     * Sets the sample's size.
     *
     * @param height any from 1 on
     * @param width any from 1 on
     * @return this
     */
    public ControlNetGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * Sets the length of the sequence {@value UNet2DConditionGraph#CONTEXT}.
     *
     * @param length at least 1; 77 (CLIP's) if it isn't set
     * @return this
     */
    public ControlNetGraph contextLength(int length) {
        require(length >= 1, "context length", "at least 1", length);
        this.inputs = new ConditionInputs(encoder, length, false, inputs.numbers());
        return this;
    }

    /** Each parameter's shape by diffusers' name. */
    static Map<String, long[]> parameterShapes(ControlNetConfig config) {
        int multiple = 1 << config.blockOutChannels().size();
        return of(config).size(multiple, multiple).parameterShapes();
    }

    @Override
    protected ControlNetGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope scope) {
        require(size != null, "size", "one set with size(height, width)", null);
        Map<String, ShapedVariable> placeholders = ConditionEncoder.placeholders(sd, inputs, dataType(), size, null);
        int factor = config.pictureFactor();
        long[] shape = {-1, config.conditioningChannels(), (long) factor * size.height(), (long) factor * size.width()};
        ShapedVariable picture = new ShapedVariable(sd.placeHolder(PICTURE, dataType(), shape), shape);
        HintEncoder hint = new HintEncoder(
                config.conditioningEmbeddingOutChannels(),
                config.blockOutChannels().get(0),
                true);
        ShapedVariable seen =
                hint.apply(scope.child("controlnet_cond_embedding"), picture, number -> name(number, hint));
        ConditionEncoder.Result encoded = new ConditionEncoder(encoder, scope).apply(placeholders, seen);
        Iterator<ShapedVariable> skips = encoded.skips().descendingIterator();
        for (int number = 0; skips.hasNext(); number++) {
            add(scope.child("controlnet_down_blocks." + number), skips.next(), downOutput(number));
        }
        add(scope.child("controlnet_mid_block"), encoded.middle(), MIDDLE_OUTPUT);
    }

    private static String name(int number, HintEncoder hint) {
        return number == 0 ? "conv_in" : number < hint.convolutions() - 1 ? "blocks." + (number - 1) : "conv_out";
    }

    private void add(ParameterScope scope, ShapedVariable x, String name) {
        ShapedVariable y = HintEncoder.zero(scope, x, x.size(1), 1);
        SDVariable result = y.variable();
        if (config.globalPoolConditions()) {
            SDVariable mean = result.getSameDiff().mean(result, true, 2, 3);
            result = result.getSameDiff().tile(mean, 1, 1, (int) y.size(2), (int) y.size(3));
        }
        result.rename(name);
    }
}
