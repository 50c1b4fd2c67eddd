package org.diffusion4j.graph.adm;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;
import static org.diffusion4j.graph.OptionCheck.countableOrNull;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.Extension;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a U-Net of guided-diffusion is made of: the arguments of its {@code UNetModel} and {@code SuperResModel} under their names
 * (camelCased). A configuration that exists is valid. Make one with {@link #builder()}, which starts from the library's defaults.
 *
 * @param imageSize rows and columns of an image; the network takes others, too
 * @param inChannels channels of the noisy images; an upsampler's small images have as many
 * @param modelChannels the width that channelMult multiplies; the timestep's embedding is four times as wide
 * @param outChannels channels of the result: twice as many as an image has if the variance is learned
 * @param numResBlocks residual blocks of each level on the way down, and one more on the way up
 * @param attentionResolutions by how many times smaller images are that attend to themselves: 4 stands for a quarter of the rows
 * @param dropout the share of activations dropped within residual blocks in training, in [0, 1)
 * @param channelMult how many times modelChannels each level is wide, from the outermost inwards; may be 0.5
 * @param convResample whether convolutions change the size between levels; without effect if residual blocks do
 * @param numClasses number of classes; null for a network that knows none
 * @param numHeads heads of each attention; without effect if there is numHeadChannels
 * @param numHeadChannels the width of a head; -1 for numHeads heads
 * @param numHeadsUpsample heads of the attentions on the way up; -1 for as many as on the way down
 * @param useScaleShiftNorm whether the embedding scales and shifts after a norm, in place of being added before it
 * @param resblockUpdown whether residual blocks change the size between levels
 * @param useNewAttentionOrder whether an attention's projection gives all queries, then all keys, then all values, in place of the
 *     three for each head in turn
 * @param superResolution whether it is a {@code SuperResModel}, which looks at a smaller image as well
 */
@RecordBuilder
public record AdmUNetConfig(
        int imageSize,
        int inChannels,
        int modelChannels,
        int outChannels,
        int numResBlocks,
        List<Integer> attentionResolutions,
        double dropout,
        List<Double> channelMult,
        boolean convResample,
        Integer numClasses,
        int numHeads,
        int numHeadChannels,
        int numHeadsUpsample,
        boolean useScaleShiftNorm,
        boolean resblockUpdown,
        boolean useNewAttentionOrder,
        @Extension boolean superResolution)
        implements NetworkConfig {

    /** The library's defaults; what it has none for is that of its 64 × 64 model without classes. */
    private static final AdmUNetConfig DEFAULTS = new AdmUNetConfig(
            64,
            3,
            192,
            3,
            3,
            List.of(2, 4, 8),
            0,
            List.of(1.0, 2.0, 4.0, 8.0),
            true,
            null,
            1,
            AdmLevels.NO_WIDTH,
            AdmLevels.NO_WIDTH,
            false,
            false,
            false,
            false);

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public AdmUNetConfig {
        attentionResolutions = List.copyOf(attentionResolutions);
        channelMult = List.copyOf(channelMult);
        new SampleSize(imageSize, imageSize);
        countable("in_channels", inChannels);
        countable("out_channels", outChannels);
        countableOrNull("num_classes", numClasses);
        require(dropout >= 0 && dropout < 1, "dropout", "a share in [0, 1)", dropout);
        AdmLevels levels = new AdmLevels(
                modelChannels, channelMult, numResBlocks, attentionResolutions, numHeads, numHeadChannels);
        levels.check();
        for (int level = 0; level < levels.count(); level++) {
            if (levels.attends(level) && numHeadsUpsample != AdmLevels.NO_WIDTH) {
                levels.checkHeads(levels.width(level), numHeadsUpsample, "num_heads_upsample");
            }
        }
    }

    AdmLevels levels() {
        return new AdmLevels(modelChannels, channelMult, numResBlocks, attentionResolutions, numHeads, numHeadChannels);
    }

    /** Heads on the way up. */
    int headsUpwards() {
        return numHeadsUpsample == AdmLevels.NO_WIDTH ? numHeads : numHeadsUpsample;
    }

    /**
     * By how much the size of images has to be divisible.
     *
     * @return a power of two
     */
    public int sizeMultiple() {
        return levels().sizeMultiple();
    }

    /**
     * Whether the network predicts how large the variance of a step is, beside the noise.
     *
     * @return whether its result has twice as many channels as an image
     */
    public boolean learnsVariance() {
        return outChannels == 2 * inChannels;
    }

    /**
     * {@inheritDoc} They are {@value AdmUNetGraph#SAMPLE}, {@value AdmUNetGraph#TIMESTEP}, with classes {@value
     * AdmUNetGraph#CLASS_LABELS}, and for an upsampler {@value AdmUNetGraph#LOW_RES}, of any size.
     */
    @Override
    public List<NetworkTensor> inputs() {
        return AdmUNetGraph.of(this).inputs(-1, -1);
    }

    @Override
    public List<NetworkTensor> outputs() {
        return List.of(new NetworkTensor(AdmUNetGraph.OUTPUT, DataType.FLOAT, -1, outChannels, imageSize, imageSize));
    }

    @Override
    public AdmUNetGraph graph() {
        return AdmUNetGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return AdmUNetGraph.parameterShapes(this);
    }

    /**
     * A builder that starts from the library's defaults.
     *
     * @return a new builder
     */
    public static AdmUNetConfigBuilder builder() {
        return AdmUNetConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public AdmUNetConfigBuilder toBuilder() {
        return AdmUNetConfigBuilder.builder(this);
    }
}
