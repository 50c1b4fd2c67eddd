package org.diffusion4j.graph.adm;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a classifier of noisy images is made of: the arguments of guided-diffusion's {@code EncoderUNetModel} under their names
 * (camelCased). A configuration that exists is valid. Make one with {@link #builder()}, which starts from the library's defaults.
 *
 * @param imageSize rows and columns of an image; a classifier with attention pooling takes no others
 * @param inChannels channels of the noisy images
 * @param modelChannels the width that channelMult multiplies; the timestep's embedding is four times as wide
 * @param outChannels number of classes
 * @param numResBlocks residual blocks of each level
 * @param attentionResolutions by how many times smaller images are that attend to themselves
 * @param dropout the share of activations dropped within residual blocks in training, in [0, 1)
 * @param channelMult how many times modelChannels each level is wide, from the outermost inwards; may be 0.5
 * @param convResample whether convolutions change the size between levels; without effect if residual blocks do
 * @param numHeads heads of each attention; without effect if there is numHeadChannels
 * @param numHeadChannels the width of a head; -1 for numHeads heads, which attention pooling doesn't take
 * @param numHeadsUpsample without effect, as nothing is on the way up
 * @param useScaleShiftNorm whether the embedding scales and shifts after a norm, in place of being added before it
 * @param resblockUpdown whether residual blocks change the size between levels
 * @param useNewAttentionOrder whether an attention's projection gives all queries, then all keys, then all values, in place of the
 *     three for each head in turn
 * @param pool how images become one row of numbers
 */
@RecordBuilder
public record AdmClassifierConfig(
        int imageSize,
        int inChannels,
        int modelChannels,
        int outChannels,
        int numResBlocks,
        List<Integer> attentionResolutions,
        double dropout,
        List<Double> channelMult,
        boolean convResample,
        int numHeads,
        int numHeadChannels,
        int numHeadsUpsample,
        boolean useScaleShiftNorm,
        boolean resblockUpdown,
        boolean useNewAttentionOrder,
        AdmPool pool)
        implements NetworkConfig {

    /** The library's defaults; what it has none for is that of its 64 × 64 classifier. */
    private static final AdmClassifierConfig DEFAULTS = new AdmClassifierConfig(
            64,
            3,
            128,
            1000,
            4,
            List.of(2, 4, 8),
            0,
            List.of(1.0, 2.0, 4.0, 8.0),
            true,
            1,
            AdmLevels.NO_WIDTH,
            AdmLevels.NO_WIDTH,
            false,
            false,
            false,
            AdmPool.ADAPTIVE);

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public AdmClassifierConfig {
        attentionResolutions = List.copyOf(attentionResolutions);
        channelMult = List.copyOf(channelMult);
        new SampleSize(imageSize, imageSize);
        countable("in_channels", inChannels);
        countable("out_channels", outChannels);
        require(dropout >= 0 && dropout < 1, "dropout", "a share in [0, 1)", dropout);
        AdmLevels levels = new AdmLevels(
                modelChannels, channelMult, numResBlocks, attentionResolutions, numHeads, numHeadChannels);
        levels.check();
        if (pool == AdmPool.ATTENTION) {
            require(
                    numHeadChannels != AdmLevels.NO_WIDTH,
                    "num_head_channels",
                    "the width of a head for attention pooling",
                    numHeadChannels);
            require(
                    imageSize % levels.sizeMultiple() == 0,
                    "image_size",
                    "a multiple of " + levels.sizeMultiple() + " for attention pooling",
                    imageSize);
        }
    }

    AdmLevels levels() {
        return new AdmLevels(modelChannels, channelMult, numResBlocks, attentionResolutions, numHeads, numHeadChannels);
    }

    /** {@inheritDoc} They are {@value AdmClassifierGraph#SAMPLE} and {@value AdmClassifierGraph#TIMESTEP}. */
    @Override
    public List<NetworkTensor> inputs() {
        return AdmClassifierGraph.inputs(this, DataType.FLOAT, new SampleSize(imageSize, imageSize));
    }

    /** {@inheritDoc} It is {@value AdmClassifierGraph#LOGITS}. */
    @Override
    public List<NetworkTensor> outputs() {
        return List.of(new NetworkTensor(AdmClassifierGraph.LOGITS, DataType.FLOAT, -1, outChannels));
    }

    @Override
    public AdmClassifierGraph graph() {
        return AdmClassifierGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return AdmClassifierGraph.parameterShapes(this);
    }

    /**
     * A builder that starts from the library's defaults.
     *
     * @return a new builder
     */
    public static AdmClassifierConfigBuilder builder() {
        return AdmClassifierConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public AdmClassifierConfigBuilder toBuilder() {
        return AdmClassifierConfigBuilder.builder(this);
    }
}
