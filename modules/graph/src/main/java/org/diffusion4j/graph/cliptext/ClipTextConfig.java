package org.diffusion4j.graph.cliptext;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.Extension;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a CLIP text encoder is made of: the options of transformers' {@code CLIPTextConfig} under their names (camelCased). A
 * configuration that exists is valid. Make one with {@link #builder()}, which starts from transformers' defaults.
 *
 * @param vocabSize number of tokens
 * @param hiddenSize width of a token's vector
 * @param intermediateSize width between the two linear layers of a block
 * @param projectionDim width of the projected embedding; without effect unless there is a projection
 * @param numHiddenLayers number of blocks, 1 to {@value #MOST_LAYERS}
 * @param numAttentionHeads a divisor of hiddenSize
 * @param maxPositionEmbeddings the longest text, in tokens
 * @param hiddenAct the activation function
 * @param layerNormEps added to the variance in every norm
 * @param eosTokenId the token that ends a text. The text's embedding is taken where it is first; with 2, as old files have
 *     it, where the first of the highest token is
 * @param textProjection whether the text's embedding is projected, as in {@code CLIPTextModelWithProjection}
 */
@RecordBuilder
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int projectionDim,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        ClipActivation hiddenAct,
        double layerNormEps,
        int eosTokenId,
        @Extension boolean textProjection)
        implements NetworkConfig {

    /** The largest number of blocks, about ten times that of the largest public encoder. */
    public static final int MOST_LAYERS = 256;

    /** Far more than any encoder has, but small enough that the product of two doesn't overflow. */
    private static final int MOST = 1 << 20;

    /** The longest text for which the mask of an attention fits into an array. */
    private static final int MOST_POSITIONS = 1 << 12;

    /** The old meaning of the end of a text: the highest token. */
    private static final int HIGHEST_TOKEN = 2;

    private static final ClipTextConfig DEFAULTS =
            new ClipTextConfig(49408, 512, 2048, 512, 12, 8, 77, ClipActivation.QUICK_GELU, 1e-5, 49407, false);

    /** Refuses options that no encoder can be built from; the message names the option as {@code config.json} does. */
    public ClipTextConfig {
        requireWithin("vocab_size", 1, MOST, vocabSize);
        requireWithin("hidden_size", 1, MOST, hiddenSize);
        requireWithin("intermediate_size", 1, MOST, intermediateSize);
        requireWithin("projection_dim", 1, MOST, projectionDim);
        requireWithin("num_hidden_layers", 1, MOST_LAYERS, numHiddenLayers);
        requireWithin("num_attention_heads", 1, MOST, numAttentionHeads);
        requireWithin("max_position_embeddings", 1, MOST_POSITIONS, maxPositionEmbeddings);
        require(
                hiddenSize % numAttentionHeads == 0,
                "num_attention_heads",
                "a divisor of hidden_size " + hiddenSize,
                numAttentionHeads);
        require(layerNormEps > 0 && layerNormEps < 1, "layer_norm_eps", "a small positive number", layerNormEps);
        requireWithin("eos_token_id", 0, Integer.MAX_VALUE, eosTokenId);
    }

    /** {@inheritDoc} It is {@value ClipTextGraph#INPUT_IDS}, of any length. */
    @Override
    public List<NetworkTensor> inputs() {
        return List.of(new NetworkTensor(ClipTextGraph.INPUT_IDS, DataType.INT64, -1, -1));
    }

    /**
     * {@inheritDoc} They are {@value ClipTextGraph#HIDDEN_STATES} 0 to {@link #numHiddenLayers()}, {@value
     * ClipTextGraph#LAST_HIDDEN_STATE} and, with a projection, {@value ClipTextGraph#PROJECTED}.
     */
    @Override
    public List<NetworkTensor> outputs() {
        List<NetworkTensor> outputs = new ArrayList<>();
        for (int k = 0; k <= numHiddenLayers; k++) {
            outputs.add(new NetworkTensor(ClipTextGraph.hiddenState(k), DataType.FLOAT, -1, -1, hiddenSize));
        }
        outputs.add(new NetworkTensor(ClipTextGraph.LAST_HIDDEN_STATE, DataType.FLOAT, -1, -1, hiddenSize));
        if (textProjection) {
            outputs.add(new NetworkTensor(ClipTextGraph.PROJECTED, DataType.FLOAT, -1, -1, projectionDim));
        }
        return List.copyOf(outputs);
    }

    @Override
    public ClipTextGraph graph() {
        return ClipTextGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return ClipTextGraph.parameterShapes(this);
    }

    /**
     * Finds the token whose vector stands for the whole text.
     *
     * @param ids the tokens of one text, at least one
     * @return its place: that of the first {@link #eosTokenId()}, 0 if there is none; with 2, that of the first highest token
     */
    public int poolPosition(long... ids) {
        int position = 0;
        for (int i = 0; i < ids.length; i++) {
            if (eosTokenId == HIGHEST_TOKEN) {
                position = ids[i] > ids[position] ? i : position;
            } else if (ids[i] == eosTokenId) {
                return i;
            }
        }
        return position;
    }

    /**
     * A builder that starts from transformers' defaults.
     *
     * @return a new builder
     */
    public static ClipTextConfigBuilder builder() {
        return ClipTextConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public ClipTextConfigBuilder toBuilder() {
        return ClipTextConfigBuilder.builder(this);
    }
}
