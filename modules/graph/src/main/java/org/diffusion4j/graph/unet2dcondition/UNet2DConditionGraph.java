package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.block.LevelState;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Builds the SameDiff graph of a U-Net that reads a text: Rombach et al. 2022 (arXiv:2112.10752). Its placeholders are
 * {@value #SAMPLE} [N, C, H, W], {@value #TIMESTEP} [N] and {@value #CONTEXT} [N, L, D], if asked for {@value #CONTEXT_MASK}
 * [N, L] and a ControlNet's residuals, and if configured {@value #CLASS_LABELS} ([N], int64; float for timestep, [N, D] for the other
 * types), {@value #TIMESTEP_CONDITION} [N, D], {@value #TEXT} [N, D], {@value #NUMBERS} [N, 6], {@value #IMAGE} [N, D] and
 * {@value #HINT} [N, 3, 8H, 8W]; its output is {@value #OUTPUT} [N, C', H, W]. A graph to train with, whose dropout is active, has one
 * more placeholder, {@value UNetGraph#DROPOUT_SEED} [N]. The outputs of the modules {@code time_embedding}, {@code conv_in}, {@code
 * down_blocks.i}, {@code mid_block} and {@code up_blocks.i} are variables of these names.
 */
public final class UNet2DConditionGraph extends NetworkGraph<UNet2DConditionGraph> {
    /** The noisy images or latents. */
    public static final String SAMPLE = UNetGraph.SAMPLE;
    /** The timestep of each image. */
    public static final String TIMESTEP = UNetGraph.TIMESTEP;
    /** The text that is read, or what the context is made from. */
    public static final String CONTEXT = UNetGraph.CONTEXT;
    /** One for each of the context's positions that is seen, and zero for each that isn't. */
    public static final String CONTEXT_MASK = "encoder_attention_mask";
    /** The class of each image, or a vector. */
    public static final String CLASS_LABELS = UNetGraph.CLASS_LABELS;
    /** A vector that enters the time embedding; zeros are as good as none. */
    public static final String TIMESTEP_CONDITION = "timestep_cond";
    /** A text's embedding that is added to the time embedding. */
    public static final String TEXT = "text_embeds";
    /** The numbers that are added to the time embedding, such as the picture's size. */
    public static final String NUMBERS = "time_ids";
    /** An image's embedding. */
    public static final String IMAGE = "image_embeds";
    /** A picture that becomes further channels of the sample. */
    public static final String HINT = "hint";
    /** What is added to the bottleneck's output, such as by a ControlNet. */
    public static final String MIDDLE_RESIDUAL = "mid_block_additional_residual";
    /** What the network predicts. */
    public static final String OUTPUT = UNetGraph.OUTPUT;

    private final UNet2DConditionConfig config;
    private SampleSize size;
    private ConditionInputs inputs;
    private boolean residuals;
    /** The text in a larger graph; null if it is an input. */
    private ShapedVariable context;

    private UNet2DConditionGraph(UNet2DConditionConfig config) {
        this.config = config;
        this.size = config.sampleSize();
        this.inputs = ConditionInputs.of(config);
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the network's options
     * @return a builder, whose sizes, type and weights may now be set
     */
    public static UNet2DConditionGraph of(UNet2DConditionConfig config) {
        return new UNet2DConditionGraph(config);
    }

    /**
     * The name of what is added to one of the encoder's outputs.
     *
     * @param number from 0, the first convolution, on
     * @return the placeholder's name
     */
    public static String downResidual(int number) {
        return "down_block_additional_residual_" + number;
    }

    /**
     * Sets the image size, if it isn't the configuration's.
     *
     * @param height any from 1 on; only networks of transformers and plain levels take sizes that can't be halved once per level
     * @param width the same
     * @return this
     */
    public UNet2DConditionGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * Sets the length of the sequence {@value #CONTEXT}.
     *
     * @param length at least 1; 77 (CLIP's) if it isn't set
     * @return this
     */
    public UNet2DConditionGraph contextLength(int length) {
        require(length >= 1, "context length", "at least 1", length);
        this.inputs = new ConditionInputs(config, length, inputs.masked(), inputs.numbers());
        return this;
    }

    /**
     * Sets the sequence that is read, in place of {@value #CONTEXT}, where another network of the same graph gives it.
     *
     * @param context [N, L, D]
     * @return this
     */
    public UNet2DConditionGraph context(ShapedVariable context) {
        require(
                config.takesContext() && context.size(2) == config.contextWidth(),
                "context",
                config.takesContext() ? "a width of " + config.contextWidth() : "none, as the network reads no text",
                context.size(2));
        this.context = context;
        return contextLength((int) context.size(1));
    }

    /**
     * Sets whether {@value #CONTEXT_MASK} is an input.
     *
     * @param masked false if it isn't set
     * @return this
     */
    public UNet2DConditionGraph contextMask(boolean masked) {
        this.inputs = new ConditionInputs(config, inputs.contextLength(), masked, inputs.numbers());
        return this;
    }

    /**
     * Sets whether a ControlNet's residuals are inputs: {@link #downResidual} for each of the encoder's outputs, and {@value
     * #MIDDLE_RESIDUAL}.
     *
     * @param residuals false if it isn't set
     * @return this
     */
    public UNet2DConditionGraph residuals(boolean residuals) {
        require(!residuals || !config.levels().isK(), "residuals", "false, as there are K blocks", true);
        this.residuals = residuals;
        return this;
    }

    /**
     * Sets how many numbers {@value #NUMBERS} has for each image. The rest of projection_class_embeddings_input_dim is the width of
     * {@value #TEXT}.
     *
     * @param count at least 1; if it isn't set, 6, or 5 if the text is then as wide as the context, as in Stable Diffusion XL's
     *     refiner
     * @return this
     */
    public UNet2DConditionGraph numbers(int count) {
        require(inputs.numbers() > 0, "numbers", "none, as addition_embed_type isn't text_time", count);
        require(
                count >= 1 && config.time().textWidth(count) >= 1,
                "numbers",
                "a count that leaves a width for the text",
                count);
        this.inputs = new ConditionInputs(config, inputs.contextLength(), inputs.masked(), count);
        return this;
    }

    /** Each parameter's shape by diffusers' name. */
    static Map<String, long[]> parameterShapes(UNet2DConditionConfig config) {
        // No parameter's shape depends on the sizes.
        int multiple = 1 << config.blockOutChannels().size();
        return of(config).size(multiple, multiple).parameterShapes();
    }

    @Override
    protected UNet2DConditionGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope given) {
        if (size == null) {
            throw new IllegalArgumentException(
                    "sample_size: expected a size, found null; set one with size(height, width)");
        }
        SDVariable dropoutSeed = given.training() && config.dropout() > 0
                ? sd.placeHolder(UNetGraph.DROPOUT_SEED, DataType.FLOAT, -1)
                : null;
        ParameterScope scope = given.withDropout(dropoutSeed);
        Map<String, ShapedVariable> placeholders = ConditionEncoder.placeholders(sd, inputs, dataType(), size, context);
        ConditionEncoder.Result encoded = new ConditionEncoder(config, scope).apply(placeholders, null);
        decode(scope, residuals ? withResiduals(encoded) : encoded).variable().rename(OUTPUT);
    }

    private static ConditionEncoder.Result withResiduals(ConditionEncoder.Result encoded) {
        Deque<ShapedVariable> skips = new ArrayDeque<>();
        int number = 0;
        Iterator<ShapedVariable> first = encoded.skips().descendingIterator();
        while (first.hasNext()) {
            skips.push(withResidual(downResidual(number++), first.next()));
        }
        return new ConditionEncoder.Result(
                encoded.conditions(), skips, withResidual(MIDDLE_RESIDUAL, encoded.middle()));
    }

    private static ShapedVariable withResidual(String name, ShapedVariable x) {
        SDVariable residual = x.sameDiff().placeHolder(name, x.dataType(), x.shape());
        return x.with(x.variable().add(residual));
    }

    /** The decoder, [N, C', H, W]. */
    private ShapedVariable decode(ParameterScope scope, ConditionEncoder.Result encoded) {
        ConditionBlocks blocks = new ConditionBlocks(config);
        ShapedVariable x = encoded.middle();
        for (int index = 0; index < config.blockOutChannels().size(); index++) {
            String name = "up_blocks." + index;
            LevelState state = blocks.up(index)
                    .apply(scope.child(name), new LevelState(x, null), encoded.conditions(), encoded.skips());
            x = ConditionEncoder.named(name, state.hidden());
        }
        if (config.normNumGroups() != null) {
            NormSpec norm = config.norms().ofLevel((int) x.size(1));
            x = Activations.activation(config.actFn(), Norms.norm(scope.child("conv_norm_out"), x, norm));
        }
        return Convolutions.conv2d(scope.child("conv_out"), x, config.outChannels(), config.convOutKernel());
    }
}
