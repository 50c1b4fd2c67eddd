package org.diffusion4j.graph.cliptext;

import static org.diffusion4j.Requirement.requireWithin;

import java.util.Map;
import java.util.TreeSet;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Builds the SameDiff graph of CLIP's text encoder: Radford et al. 2021 (arXiv:2103.00020), section 2.4. Its placeholders are
 * {@value #INPUT_IDS} [N, L], int64, and, if asked for, {@value #ATTENTION_MASK} [N, L], int64. Its outputs are {@link
 * #hiddenState} 0 to {@link ClipTextConfig#numHiddenLayers()}, {@value #LAST_HIDDEN_STATE} and {@link #normalizedState}, each
 * [N, L, C], and, with a projection, {@value #PROJECTED} [N, L, P]; an engine computes what is needed for those that it is
 * asked for. Its variables have transformers' names.
 */
public final class ClipTextGraph extends NetworkGraph<ClipTextGraph> {
    /** The tokens of each text. */
    public static final String INPUT_IDS = "input_ids";
    /** One for a token that is seen and zero for one that isn't. */
    public static final String ATTENTION_MASK = "attention_mask";
    /** What the names of the hidden states begin with. */
    public static final String HIDDEN_STATES = "hidden_states";
    /** The last hidden state after the final norm. */
    public static final String LAST_HIDDEN_STATE = "last_hidden_state";
    /** The last hidden state after norm and projection: of each token, though only one of them is used. */
    public static final String PROJECTED = "projected";

    private static final String NORMALIZED = "normalized_states";

    private final ClipTextConfig config;
    private final TreeSet<Integer> normalized = new TreeSet<>();
    private int length;
    private boolean masked;

    private ClipTextGraph(ClipTextConfig config) {
        this.config = config;
        this.length = config.maxPositionEmbeddings();
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the encoder's options
     * @return a builder, whose length, type and weights may now be set
     */
    public static ClipTextGraph of(ClipTextConfig config) {
        return new ClipTextGraph(config);
    }

    /**
     * The name of a hidden state.
     *
     * @param k 0 for the embeddings, otherwise the number of blocks before it
     * @return such as {@code hidden_states.11}; none of them has passed the final norm
     */
    public static String hiddenState(int k) {
        return HIDDEN_STATES + "." + k;
    }

    /**
     * The name of a hidden state after the final norm.
     *
     * @param k as for {@link #hiddenState}; one that {@link #normalized} has asked for
     * @return such as {@code normalized_states.11}
     */
    public static String normalizedState(int k) {
        return NORMALIZED + "." + k;
    }

    /**
     * Sets the length of the texts.
     *
     * @param length 1 to {@link ClipTextConfig#maxPositionEmbeddings()}, which it is if it isn't set
     * @return this
     * @throws IllegalArgumentException if it is another number
     */
    public ClipTextGraph length(int length) {
        requireWithin("length", 1, config.maxPositionEmbeddings(), length);
        this.length = length;
        return this;
    }

    /**
     * Sets whether the graph has a mask of tokens beside the causal one.
     *
     * @param masked true for a placeholder {@value #ATTENTION_MASK}
     * @return this
     */
    public ClipTextGraph masked(boolean masked) {
        this.masked = masked;
        return this;
    }

    /**
     * Adds an output: a hidden state after the final norm, as {@code clip_skip} needs it.
     *
     * @param k 0 to {@link ClipTextConfig#numHiddenLayers()}
     * @return this
     * @throws IllegalArgumentException if there is no such state
     */
    public ClipTextGraph normalized(int k) {
        requireWithin("hidden state", 0, config.numHiddenLayers(), k);
        normalized.add(k);
        return this;
    }

    /** Each parameter's shape by transformers' name. */
    static Map<String, long[]> parameterShapes(ClipTextConfig config) {
        return of(config).length(1).parameterShapes();
    }

    @Override
    protected ClipTextGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope scope) {
        ShapedVariable ids = new ShapedVariable(sd.placeHolder(INPUT_IDS, DataType.INT64, -1, length), -1, length);
        SDVariable keyBias = masked
                ? Attentions.keyBias(sd.placeHolder(ATTENTION_MASK, DataType.INT64, -1, length), dataType())
                : null;
        ParameterScope model = scope.child("text_model");

        // embedding
        ShapedVariable x = embeddings(model.child("embeddings"), ids);
        x.variable().rename(hiddenState(0));

        // blocks
        ClipTextBlock block = new ClipTextBlock(
                config.numAttentionHeads(), config.intermediateSize(), config.hiddenAct(), config.layerNormEps());
        ShapedVariable[] states = new ShapedVariable[config.numHiddenLayers() + 1];
        states[0] = x;
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) { // [N, L, C]
            x = block.apply(model.child("encoder.layers." + layer), x, keyBias);
            x.variable().rename(hiddenState(layer + 1));
            states[layer + 1] = x;
        }

        // norm and projection
        ParameterScope norm = model.child("final_layer_norm");
        SDVariable weight = norm.weightOfOnes(config.hiddenSize());
        SDVariable bias = norm.biasOfZeros(config.hiddenSize());
        for (int k : normalized) {
            Norms.layerNorm(states[k], weight, bias, config.layerNormEps())
                    .variable()
                    .rename(normalizedState(k));
        }
        ShapedVariable last = Norms.layerNorm(x, weight, bias, config.layerNormEps());
        last.variable().rename(LAST_HIDDEN_STATE);
        if (config.textProjection()) {
            FeedForward.linear(scope.child("text_projection"), last, config.projectionDim(), false)
                    .variable()
                    .rename(PROJECTED);
        }
    }

    /** The tokens' vectors plus those of their places. */
    private ShapedVariable embeddings(ParameterScope scope, ShapedVariable ids) {
        Initial initial = new Initial.Normal(0.02);
        SDVariable tokens = scope.child("token_embedding")
                .parameter("weight", initial, true, config.vocabSize(), config.hiddenSize());
        int positions = config.maxPositionEmbeddings();
        SDVariable places =
                scope.child("position_embedding").parameter("weight", initial, true, positions, config.hiddenSize());
        if (length < positions) {
            places = places.getSameDiff()
                    .stridedSlice(
                            places,
                            new long[] {0, 0},
                            new long[] {length, config.hiddenSize()},
                            new long[] {1, 1},
                            0,
                            0,
                            0,
                            0,
                            0);
        }
        ShapedVariable rows = Embeddings.embedding(ids, tokens);
        return rows.with(rows.variable().add(places));
    }
}
