package org.diffusion4j.graph.texttoimage;

import static org.diffusion4j.Requirement.require;

import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.cliptext.ClipTextGraph;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Builds the SameDiff graph of a U-Net and, if it is to learn, of the text encoder whose last hidden state the U-Net reads
 * (Rombach et al. 2022, arXiv:2112.10752, section 3.3). The parameters' names are those of diffusers and transformers behind
 * {@code unet.} and {@code text_encoder.}. With an encoder, {@value ClipTextGraph#INPUT_IDS} [N, L] takes the place of the
 * U-Net's {@value UNet2DConditionGraph#CONTEXT}; all else is as in {@link UNet2DConditionGraph}.
 */
public final class TextToImageGraph extends NetworkGraph<TextToImageGraph> {
    /** What the names of the U-Net's parameters begin with, before a dot. */
    public static final String UNET = "unet";
    /** What the names of the text encoder's parameters begin with, before a dot. */
    public static final String TEXT_ENCODER = "text_encoder";

    private final UNet2DConditionConfig unet;
    private final ClipTextConfig textEncoder;
    private SampleSize size;
    private int length;

    private TextToImageGraph(UNet2DConditionConfig unet, ClipTextConfig textEncoder) {
        this.unet = unet;
        this.textEncoder = textEncoder;
        size = unet.sampleSize();
        length = textEncoder == null ? 1 : textEncoder.maxPositionEmbeddings();
    }

    /**
     * Begins a graph of both networks.
     *
     * @param unet the U-Net's options
     * @param textEncoder the text encoder's; null for a graph whose input is the encoded text
     * @return a builder, whose sizes and weights may now be set
     * @throws IllegalArgumentException if the U-Net can't read what the encoder gives
     */
    public static TextToImageGraph of(UNet2DConditionConfig unet, ClipTextConfig textEncoder) {
        require(
                textEncoder == null || (unet.takesContext() && unet.contextWidth() == textEncoder.hiddenSize()),
                "cross_attention_dim",
                textEncoder == null ? "any" : "the text encoder's hidden_size " + textEncoder.hiddenSize(),
                unet.takesContext() ? unet.contextWidth() : "no text");
        return new TextToImageGraph(unet, textEncoder);
    }

    /**
     * Sets the size of the samples, if it isn't the configuration's.
     *
     * @param samples at least 1x1
     * @return this
     */
    public TextToImageGraph size(SampleSize samples) {
        size = samples;
        return this;
    }

    /**
     * Sets the length of the texts.
     *
     * @param tokens at least 1; with an encoder at most its longest text, which it is if it isn't set
     * @return this
     */
    public TextToImageGraph length(int tokens) {
        length = tokens;
        return this;
    }

    @Override
    protected TextToImageGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope scope) {
        require(size != null, "sample_size", "a size, as none is set", "null");
        UNet2DConditionGraph reader =
                UNet2DConditionGraph.of(unet).dataType(dataType()).size(size.height(), size.width());
        if (textEncoder == null) {
            reader.contextLength(length);
        } else {
            ClipTextGraph.of(textEncoder).dataType(dataType()).length(length).addInto(sd, scope.child(TEXT_ENCODER));
            reader.context(new ShapedVariable(
                    sd.getVariable(ClipTextGraph.LAST_HIDDEN_STATE), -1, length, textEncoder.hiddenSize()));
        }
        reader.addInto(sd, scope.child(UNET));
    }

    /**
     * The parameters of two networks, in the order in which the data meets them. No arrays are allocated.
     *
     * @param unet the U-Net's options
     * @param textEncoder the text encoder's; null for the U-Net only
     * @return each parameter's shape by its name, {@code unet.conv_in.weight} for instance
     */
    public static Map<String, long[]> shapes(UNet2DConditionConfig unet, ClipTextConfig textEncoder) {
        // No parameter's shape depends on the sizes.
        int multiple = 1 << unet.blockOutChannels().size();
        return of(unet, textEncoder).size(new SampleSize(multiple, multiple)).parameterShapes();
    }
}
