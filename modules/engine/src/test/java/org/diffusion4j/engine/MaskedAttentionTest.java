package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.SequenceAttention;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Attention with hidden keys and with keys that only later queries see. */
@Tag("vectors")
class MaskedAttentionTest {
    /** Ones, and zeros behind a length that is different for each image. */
    private static INDArray mask(int images, int keys) {
        INDArray mask = Nd4j.ones(DataType.FLOAT, images, keys);
        for (int image = 0; image < images; image++) {
            for (int key = (image + 1) * keys / (images + 1) + 1; key < keys; key++) {
                mask.putScalar(image, key, 0);
            }
        }
        return mask;
    }

    private static ShapedVariable sequence(SameDiff sd, DataType type, String name, long length, long channels) {
        return new ShapedVariable(sd.placeHolder(name, type, -1, length, channels), -1, length, channels);
    }

    private static OpAgreement attention(
            int images, int queries, int keys, int heads, int width, boolean hidden, boolean causal) {
        long channels = (long) heads * width;
        OpAgreement agreement = new OpAgreement((sd, type) -> {
                    ShapedVariable query = sequence(sd, type, "query", queries, channels);
                    SDVariable scale = OpAgreement.parameter(sd, type, "scale", 1, 1, channels);
                    SDVariable keyBias =
                            hidden ? Attentions.keyBias(sd.placeHolder("mask", type, -1, keys), type) : null;
                    return Attentions.attention(
                                    query.with(query.variable().mul(scale)),
                                    sequence(sd, type, "key", keys, channels),
                                    sequence(sd, type, "value", keys, channels),
                                    heads,
                                    keyBias,
                                    causal)
                            .variable();
                })
                .differentiated("query", SmallGraph.numbers(1, images, queries, channels))
                .differentiated("key", SmallGraph.numbers(2, images, keys, channels))
                .differentiated("value", SmallGraph.numbers(3, images, keys, channels));
        return hidden ? agreement.input("mask", mask(images, keys)) : agreement;
    }

    /** Each mask and both, one block and several, blocks that don't fill the last one, one thread and three. */
    @ParameterizedTest
    @CsvSource({
        "2, 9, 9, 2, 4, false, true, 2",
        "3, 9, 13, 2, 4, true, false, 2",
        "2, 77, 77, 12, 8, true, true, 1",
        "1, 77, 77, 12, 8, true, true, 3",
        "2, 600, 600, 2, 4, true, true, 2",
        "1, 1100, 77, 8, 4, true, false, 3",
        "1, 1, 1, 1, 3, false, true, 1"
    })
    void resultAndGradientsAreSameDiffs(
            int images, int queries, int keys, int heads, int width, boolean hidden, boolean causal, int threads) {
        attention(images, queries, keys, heads, width, hidden, causal).holds(threads);
    }

    @Test
    void anImageIsTheSameToTheBitInAnyBatch() {
        attention(4, 600, 600, 4, 8, true, true).givesAnImageTheSameInAnyBatch(2);
    }

    /** The context's length and width aren't those of the image's sequence. */
    @Test
    void anImageAttendsToAContextOfAnotherWidth() {
        new OpAgreement((sd, type) -> {
                    ParameterScope scope = new ParameterScope(
                            (name, initial, trainable, shape) -> OpAgreement.parameter(sd, type, name, shape),
                            "attn2.",
                            false,
                            null);
                    SDVariable mask = sd.placeHolder("mask", DataType.INT64, -1, 7);
                    return new SequenceAttention(new AttentionSpec(2, 8, false))
                            .apply(
                                    scope,
                                    sequence(sd, type, "x", 25, 12),
                                    sequence(sd, type, "context", 7, 20),
                                    Attentions.keyBias(mask, type))
                            .variable();
                })
                .differentiated("x", SmallGraph.numbers(1, 3, 25, 12))
                .differentiated("context", SmallGraph.numbers(2, 3, 7, 20))
                .input("mask", mask(3, 7).castTo(DataType.INT64))
                .holds(2);
    }

    /** The scores of all queries would be 1 GB. */
    @Tag("slow")
    @Test
    void nobodyHoldsAllScores() {
        SameDiff sd = SameDiff.create();
        ShapedVariable x = sequence(sd, DataType.FLOAT, "x", 4096, 320);
        SDVariable mask = sd.placeHolder("mask", DataType.FLOAT, -1, 4096);
        Attentions.attention(x, x, x, 8, Attentions.keyBias(mask, DataType.FLOAT), false)
                .variable()
                .rename("mixed");
        Map<String, INDArray> inputs = Map.of("x", SmallGraph.numbers(1, 2, 4096, 320), "mask", mask(2, 4096));
        long before = Pointer.totalBytes();
        try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), 2, Precision.FP32)) {
            graph.run(inputs);
            long more = Pointer.totalBytes() - before;
            assertTrue(more < 100_000_000, more + " bytes");
        }
    }

    @Test
    void aMaskHidesWhatIsZero() {
        SameDiff sd = SameDiff.create();
        SDVariable mask = sd.constant(Nd4j.createFromArray(new int[][] {{1, 0}}));
        assertArrayEquals(
                new float[] {0, -10000},
                Attentions.keyBias(mask, DataType.FLOAT).eval().toFloatVector());
    }

    @Test
    void causalAttentionHasAsManyKeysAsQueries() {
        SameDiff sd = SameDiff.create();
        ShapedVariable query = sequence(sd, DataType.FLOAT, "query", 3, 4);
        ShapedVariable key = sequence(sd, DataType.FLOAT, "key", 5, 4);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Attentions.attention(query, key, key, 1, null, true))
                .getMessage();
        assertEquals("causal attention: expected 3 keys for 3 queries, found 5", message);
    }

    /** A bias that is trained would need one; SameDiff then runs the graph. */
    @Test
    void aMaskWithAGradientIsRefused() {
        SameDiff sd = SameDiff.create();
        ShapedVariable x = sequence(sd, DataType.FLOAT, "x", 3, 4);
        SDVariable bias = sd.placeHolder("mask", DataType.FLOAT, -1, 3).mul(sd.var("factor", SmallGraph.numbers(1, 3)));
        Attentions.attention(x, x, x, 1, bias, false).variable().rename("mixed");
        FlatParameters parameters = new FlatParameters(sd);
        try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), parameters, List.of(), 1, Precision.FP32)) {
            Map<String, INDArray> inputs = Map.of("x", SmallGraph.numbers(1, 1, 3, 4), "mask", mask(1, 3));
            assertThrows(UnsupportedGraphException.class, () -> graph.run(inputs));
        } catch (UnsupportedGraphException e) {
            assertTrue(e.getMessage().contains("the gradient of an attention's mask"), e.getMessage());
        }
    }
}
