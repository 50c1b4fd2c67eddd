package org.diffusion4j.graph.unet2dcondition;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.block.Conditions;
import org.diffusion4j.graph.block.HintEncoder;
import org.diffusion4j.graph.block.LevelState;
import org.diffusion4j.graph.block.MidBlock;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Channels;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A conditional U-Net up to and including its bottleneck, which a ControlNet has, too. The modules' outputs have the names of the
 * modules: {@code time_embedding}, {@code conv_in}, {@code down_blocks.0}, …, {@code mid_block}.
 */
public final class ConditionEncoder {
    private static final double NORM_EPS = 1e-5;
    /** The channels between a hint's convolutions. */
    private static final List<Integer> HINT_WIDTHS = List.of(16, 32, 96, 256);

    private final UNet2DConditionConfig config;
    private final ParameterScope scope;

    /**
     * Begins an encoder.
     *
     * @param config the network's options
     * @param scope where its parameters come from
     */
    public ConditionEncoder(UNet2DConditionConfig config, ParameterScope scope) {
        this.config = config;
        this.scope = scope;
    }

    /**
     * What the encoder gives.
     *
     * @param conditions what the blocks depend on besides the image
     * @param skips the outputs of the first convolution and of the encoder's layers and downsamplers; the last one comes first
     * @param middle the bottleneck's output, or the last level's if there is no bottleneck
     */
    public record Result(Conditions conditions, Deque<ShapedVariable> skips, ShapedVariable middle) {}

    /**
     * Adds the inputs to a graph.
     *
     * @param sd the graph
     * @param inputs the network's inputs
     * @param dataType of the graph
     * @param size of the sample
     * @param context what is read, if it isn't an input; otherwise null
     * @return the placeholders by name, with the context
     */
    public static Map<String, ShapedVariable> placeholders(
            SameDiff sd, ConditionInputs inputs, DataType dataType, SampleSize size, ShapedVariable context) {
        Map<String, ShapedVariable> placeholders = new HashMap<>();
        for (NetworkTensor input : inputs.list(dataType, size.height(), size.width())) {
            if (context != null && input.name().equals(UNet2DConditionGraph.CONTEXT)) {
                placeholders.put(input.name(), context);
                continue;
            }
            SDVariable variable = sd.placeHolder(input.name(), input.dataType(), input.shape());
            placeholders.put(input.name(), new ShapedVariable(variable, input.shape()));
        }
        return placeholders;
    }

    /**
     * Adds the encoder to the graph.
     *
     * @param inputs the placeholders by name
     * @param addedToFirst what is added to the first convolution's output; null for nothing
     * @return its outputs
     */
    public Result apply(Map<String, ShapedVariable> inputs, ShapedVariable addedToFirst) {
        ConditionBlocks blocks = new ConditionBlocks(config);

        // embedding
        ShapedVariable embedding = ConditionEmbedding.of(config, scope, inputs);
        ShapedVariable mask = inputs.get(UNet2DConditionGraph.CONTEXT_MASK);
        ShapedVariable sample = sample(inputs);
        Conditions conditions = new Conditions(
                embedding,
                context(inputs),
                mask == null ? null : Attentions.keyBias(mask.variable(), sample.dataType()));

        // down
        Deque<ShapedVariable> skips = new ArrayDeque<>();
        ShapedVariable x = named(
                "conv_in",
                Convolutions.conv2d(
                        scope.child("conv_in"),
                        sample,
                        config.blockOutChannels().get(0),
                        config.convInKernel()));
        if (addedToFirst != null) {
            x = x.with(x.variable().add(addedToFirst.variable()));
        }
        skips.push(x);
        for (int level = 0; level < config.blockOutChannels().size(); level++) {
            String name = "down_blocks." + level;
            LevelState state = blocks.down(level).apply(scope.child(name), new LevelState(x, null), conditions, skips);
            x = named(name, state.hidden());
        }

        // middle
        MidBlock middle = blocks.middle();
        if (middle != null) {
            x = named("mid_block", middle.apply(scope.child("mid_block"), x, conditions));
        }
        return new Result(conditions, skips, x);
    }

    /** Gives a module's output the module's name. */
    static ShapedVariable named(String name, ShapedVariable x) {
        return x.with(x.variable().rename(name));
    }

    private ShapedVariable sample(Map<String, ShapedVariable> inputs) {
        ShapedVariable sample = inputs.get(UNet2DConditionGraph.SAMPLE);
        if (config.centerInputSample()) {
            sample = sample.with(sample.variable().mul(2.0).sub(1.0));
        }
        if (config.additionEmbedType() != AdditionEmbedType.IMAGE_HINT) {
            return sample;
        }
        ShapedVariable hint = new HintEncoder(HINT_WIDTHS, UNet2DConditionConfig.HINT_CHANNELS, false)
                .apply(
                        scope.child("add_embedding"),
                        inputs.get(UNet2DConditionGraph.HINT),
                        number -> "input_hint_block." + 2 * number);
        return Channels.concat(sample, hint);
    }

    /** The sequence that attention looks at. */
    private ShapedVariable context(Map<String, ShapedVariable> inputs) {
        ShapedVariable text = inputs.get(UNet2DConditionGraph.CONTEXT);
        if (config.encoderHidDimType() == null) {
            return text;
        }
        ParameterScope own = scope.child("encoder_hid_proj");
        int width = config.context().width();
        return switch (config.encoderHidDimType()) {
            case TEXT_PROJ -> FeedForward.linear(own, text, width, true);
            case TEXT_IMAGE_PROJ -> {
                ShapedVariable image = ofImage(own, inputs, ConditionContext.IMAGE_POSITIONS_BEFORE_TEXT);
                ShapedVariable projected = FeedForward.linear(own.child("text_proj"), text, width, true);
                SameDiff sd = text.sameDiff();
                yield new ShapedVariable(
                        sd.concat(1, image.variable(), projected.variable()),
                        -1,
                        image.size(1) + projected.size(1),
                        width);
            }
            case IMAGE_PROJ ->
                Norms.layerNorm(own.child("norm"), ofImage(own, inputs, ConditionContext.IMAGE_POSITIONS), NORM_EPS);
        };
    }

    private ShapedVariable ofImage(ParameterScope own, Map<String, ShapedVariable> inputs, int positions) {
        int width = config.context().width();
        ShapedVariable all = FeedForward.linear(
                own.child("image_embeds"), inputs.get(UNet2DConditionGraph.IMAGE), (long) positions * width, true);
        return new ShapedVariable(
                all.sameDiff().reshape(all.variable(), -1, positions, width), all.size(0), positions, width);
    }
}
