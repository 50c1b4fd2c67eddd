package org.diffusion4j.graph.unet2dcondition;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.EncoderHidType;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a network with the encoder of a conditional U-Net takes.
 *
 * @param config the network's options
 * @param contextLength the length of the context; -1 for any
 * @param masked whether some of the context may be hidden
 * @param numbers how many numbers text_time takes
 */
public record ConditionInputs(UNet2DConditionConfig config, int contextLength, boolean masked, int numbers) {
    /** CLIP's. */
    private static final int USUAL_LENGTH = 77;
    /** How many times larger a hint is than its sample. */
    private static final int HINT_FACTOR = 8;

    /**
     * The usual inputs of a network.
     *
     * @param config the network's options
     * @return inputs for 77 positions of a context that is seen as a whole
     */
    public static ConditionInputs of(UNet2DConditionConfig config) {
        int numbers = config.additionEmbedType() == AdditionEmbedType.TEXT_TIME
                ? config.time().usualNumbers()
                : 0;
        return new ConditionInputs(config, USUAL_LENGTH, false, numbers);
    }

    /**
     * The same inputs for a context of any length.
     *
     * @return other inputs
     */
    public ConditionInputs ofAnyLength() {
        return new ConditionInputs(config, -1, masked, numbers);
    }

    /**
     * The inputs in a fixed order.
     *
     * @param dataType the type of all that isn't a number or an index
     * @param height the sample's height; -1 for any
     * @param width the sample's width; -1 for any
     * @return the tensors
     */
    public List<NetworkTensor> list(DataType dataType, long height, long width) {
        List<NetworkTensor> inputs = new ArrayList<>();
        boolean hinted = config.additionEmbedType() == AdditionEmbedType.IMAGE_HINT;
        int channels = config.inChannels() - (hinted ? UNet2DConditionConfig.HINT_CHANNELS : 0);
        inputs.add(new NetworkTensor(UNet2DConditionGraph.SAMPLE, dataType, -1, channels, height, width));
        inputs.add(new NetworkTensor(UNet2DConditionGraph.TIMESTEP, DataType.FLOAT, -1));
        if (config.takesContext()) {
            inputs.add(new NetworkTensor(
                    UNet2DConditionGraph.CONTEXT, dataType, -1, contextLength, config.contextWidth()));
        }
        if (masked) {
            inputs.add(new NetworkTensor(UNet2DConditionGraph.CONTEXT_MASK, DataType.INT64, -1, positions()));
        }
        if (config.time().hasClasses()) {
            inputs.add(labels(dataType));
        }
        if (config.timeCondProjDim() != null) {
            inputs.add(
                    new NetworkTensor(UNet2DConditionGraph.TIMESTEP_CONDITION, dataType, -1, config.timeCondProjDim()));
        }
        addTo(inputs, dataType);
        if (hinted) {
            inputs.add(new NetworkTensor(UNet2DConditionGraph.HINT, dataType, -1, 3, larger(height), larger(width)));
        }
        return List.copyOf(inputs);
    }

    private static long larger(long size) {
        return size < 0 ? -1 : HINT_FACTOR * size;
    }

    /** The length of what is made from the inputs, which a mask is for; -1 for any. */
    int positions() {
        if (config.encoderHidDimType() == EncoderHidType.IMAGE_PROJ) {
            return ConditionContext.IMAGE_POSITIONS;
        }
        boolean behindImage = config.encoderHidDimType() == EncoderHidType.TEXT_IMAGE_PROJ && contextLength > 0;
        return behindImage ? contextLength + ConditionContext.IMAGE_POSITIONS_BEFORE_TEXT : contextLength;
    }

    private NetworkTensor labels(DataType dataType) {
        String name = UNet2DConditionGraph.CLASS_LABELS;
        if (config.classEmbedType() == null) {
            return new NetworkTensor(name, DataType.INT64, -1);
        }
        return switch (config.classEmbedType()) {
            case TIMESTEP -> new NetworkTensor(name, DataType.FLOAT, -1);
            case IDENTITY -> new NetworkTensor(name, dataType, -1, config.time().width());
            case PROJECTION, SIMPLE_PROJECTION ->
                new NetworkTensor(name, dataType, -1, config.projectionClassEmbeddingsInputDim());
        };
    }

    private void addTo(List<NetworkTensor> inputs, DataType dataType) {
        ConditionTime time = config.time();
        AdditionEmbedType addition = config.additionEmbedType();
        if (addition == AdditionEmbedType.TEXT_TIME) {
            inputs.add(new NetworkTensor(UNet2DConditionGraph.TEXT, dataType, -1, time.textWidth(numbers)));
            inputs.add(new NetworkTensor(UNet2DConditionGraph.NUMBERS, DataType.FLOAT, -1, numbers));
        } else if (addition == AdditionEmbedType.TEXT_IMAGE) {
            inputs.add(new NetworkTensor(UNet2DConditionGraph.TEXT, dataType, -1, time.imageWidth()));
        }
        boolean added =
                addition != null && addition != AdditionEmbedType.TEXT && addition != AdditionEmbedType.TEXT_TIME;
        if (added || config.context().hasImage()) {
            int width = added ? time.imageWidth() : config.context().imageWidth();
            inputs.add(new NetworkTensor(UNet2DConditionGraph.IMAGE, dataType, -1, width));
        }
    }
}
