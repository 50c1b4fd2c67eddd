package org.diffusion4j.pipeline.part;

import static org.diffusion4j.Requirement.requireWithin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.build.Branches;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.cliptext.ClipTextGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.Component;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A CLIP text encoder that is ready to run. Each call opens an engine and closes it, so that its memory isn't held while
 * pictures are drawn. It has no state, so threads may share it. A text of a batch has the same bits as alone.
 */
public final class TextEncoder {
    private final ClipTextConfig config;
    private final Map<String, ? extends WeightSource> weights;
    private final GraphOpener opener;
    private final Branches branches;

    /**
     * Makes an encoder.
     *
     * @param config its options
     * @param weights its parameters by transformers' names, which stay open for as long as this is used
     * @param opener opens its engines
     */
    public TextEncoder(ClipTextConfig config, Map<String, ? extends WeightSource> weights, GraphOpener opener) {
        this(config, weights, opener, Branches.NONE);
    }

    private TextEncoder(
            ClipTextConfig config, Map<String, ? extends WeightSource> weights, GraphOpener opener, Branches branches) {
        this.config = config;
        this.weights = weights;
        this.opener = opener;
        this.branches = branches;
    }

    /**
     * The same encoder with branches beside its layers.
     *
     * @param branches the branches, whose parameters are among the weights
     * @return an encoder of the same weights
     */
    public TextEncoder with(Branches branches) {
        return new TextEncoder(config, weights, opener, branches);
    }

    /**
     * The encoder of a model's folder.
     *
     * @param component its options and weights, which stay open for as long as this is used
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the encoder
     */
    public static TextEncoder of(
            Component<ClipTextConfig> component, EngineKind kind, int threads, Precision precision) {
        return new TextEncoder(component.config(), component.tensors(), GraphOpener.of(kind, threads, precision));
    }

    /**
     * The encoder's options.
     *
     * @return its configuration
     */
    public ClipTextConfig config() {
        return config;
    }

    /**
     * Encodes texts.
     *
     * @param ids the tokens of each text, [N, L], whole numbers below {@link ClipTextConfig#vocabSize()}; L is at most {@link
     *     ClipTextConfig#maxPositionEmbeddings()}
     * @param mask [N, L], one for a token that is seen and zero for one that isn't; null if all are seen
     * @param state which hidden state is wanted
     * @return the hidden state and the texts' own vectors, which belong to the caller
     * @throws IllegalArgumentException if there are too many tokens, one of them is unknown, or there aren't so many blocks
     */
    public TextEncoding encode(INDArray ids, INDArray mask, TextState state) {
        requireWithin("skipped blocks", 0, config.numHiddenLayers(), state.skipped());
        int k = config.numHiddenLayers() - state.skipped();
        ClipTextGraph graph = graph(ids, mask);
        String hidden = hiddenName(graph, state, k);
        String vectors = config.textProjection() ? ClipTextGraph.PROJECTED : ClipTextGraph.LAST_HIDDEN_STATE;
        Map<String, INDArray> outputs =
                run(graph, hidden.equals(vectors) ? List.of(hidden) : List.of(hidden, vectors), ids, mask);
        INDArray pooled = pooled(ids, outputs.get(vectors));
        if (!hidden.equals(vectors)) {
            outputs.get(vectors).close();
        }
        return new TextEncoding(outputs.get(hidden), pooled);
    }

    private static String hiddenName(ClipTextGraph graph, TextState state, int k) {
        if (!state.normalized()) {
            return ClipTextGraph.hiddenState(k);
        }
        if (state.skipped() == 0) {
            return ClipTextGraph.LAST_HIDDEN_STATE;
        }
        graph.normalized(k);
        return ClipTextGraph.normalizedState(k);
    }

    /**
     * All hidden states.
     *
     * @param ids as for {@link #encode}
     * @param mask as for {@link #encode}
     * @return the states by their number: 0 for the embeddings, then one after each block, none after the final norm; each [N,
     *     L, C]
     */
    public List<INDArray> hiddenStates(INDArray ids, INDArray mask) {
        List<String> names = new ArrayList<>();
        for (int k = 0; k <= config.numHiddenLayers(); k++) {
            names.add(ClipTextGraph.hiddenState(k));
        }
        Map<String, INDArray> outputs = run(graph(ids, mask), names, ids, mask);
        return names.stream().map(outputs::get).toList();
    }

    private ClipTextGraph graph(INDArray ids, INDArray mask) {
        return ClipTextGraph.of(config)
                .length(Math.toIntExact(ids.size(1)))
                .masked(mask != null)
                .branches(branches)
                .sharedWeights(weights);
    }

    private Map<String, INDArray> run(ClipTextGraph graph, List<String> outputs, INDArray ids, INDArray mask) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put(ClipTextGraph.INPUT_IDS, ids);
        if (mask != null) {
            inputs.put(ClipTextGraph.ATTENTION_MASK, mask);
        }
        try (GraphEngine engine = opener.open(graph.build(), outputs)) {
            return engine.run(inputs);
        }
    }

    /** The vector of each text's end. */
    private INDArray pooled(INDArray ids, INDArray vectors) {
        INDArray[] rows = new INDArray[Math.toIntExact(ids.size(0))];
        for (int text = 0; text < rows.length; text++) {
            long position = config.poolPosition(ids.getRow(text).dup('c').toLongVector());
            rows[text] = vectors.get(NDArrayIndex.point(text), NDArrayIndex.point(position), NDArrayIndex.all());
        }
        return Nd4j.stack(0, rows);
    }
}
