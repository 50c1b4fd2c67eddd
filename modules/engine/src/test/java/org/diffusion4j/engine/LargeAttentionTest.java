package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Attention of so many scores that they are made for some queries at a time. */
@Tag("vectors")
class LargeAttentionTest {
    private static final List<String> SEQUENCES = List.of("query", "key", "value");

    private final SameDiff sd = SameDiff.create();
    private final Map<String, INDArray> inputs = new HashMap<>();

    private void attention(int images, int queries, int keys, int heads, int width) {
        long channels = (long) heads * width;
        Map<String, ShapedVariable> sequences = new HashMap<>();
        for (String name : SEQUENCES) {
            int length = name.equals("query") ? queries : keys;
            SDVariable variable = sd.placeHolder(name, DataType.FLOAT, -1, length, channels);
            sequences.put(name, new ShapedVariable(variable, -1, length, channels));
            inputs.put(name, SmallGraph.numbers(name.hashCode(), images, length, channels));
        }
        SDVariable scale = sd.var("scale", SmallGraph.numbers(7, 1, 1, channels));
        ShapedVariable query = sequences.get("query");
        Attentions.attention(
                        new ShapedVariable(query.variable().mul(scale), query.shape()),
                        sequences.get("key"),
                        sequences.get("value"),
                        heads)
                .variable()
                .rename("mixed");
    }

    /** Blocks that fill the queries and blocks that don't, short and long keys, one head and many, one thread and three. */
    @ParameterizedTest
    @CsvSource({
        "2, 1024, 1024, 1, 8, 2",
        "1, 700, 901, 1, 8, 2",
        "3, 333, 257, 12, 4, 2",
        "1, 4096, 77, 2, 8, 1",
        "1, 17, 40000, 1, 2, 3",
        "1, 1, 540000, 1, 1, 1",
        "2, 100, 300, 30, 2, 3"
    })
    void resultAndGradientsAreSameDiffs(int images, int queries, int keys, int heads, int width, int threads) {
        attention(images, queries, keys, heads, width);
        INDArray ofMixed = SmallGraph.numbers(8, images, queries, (long) heads * width);
        FlatParameters parameters = new FlatParameters(sd);
        Map<String, INDArray> found;
        try (CompiledGraph graph =
                new CompiledGraph(sd, List.of("mixed"), parameters, SEQUENCES, threads, Precision.FP32)) {
            INDArray mixed = graph.run(inputs).get("mixed");
            SmallGraph.same(sd.outputSingle(inputs, "mixed"), mixed, "mixed");
            found = graph.backward(Map.of("mixed", ofMixed));
        }
        sd.setLossVariables(sd.getVariable("mixed").mul(sd.constant(ofMixed)).sum());
        sd.createGradFunction("query", "key", "value"); // placeholders get none unless they are named here
        Map<String, INDArray> expected = sd.calculateGradients(inputs, "query", "key", "value", "scale");
        SEQUENCES.forEach(name -> SmallGraph.same(expected.get(name), found.get(name), name));
        SmallGraph.same(expected.get("scale"), parameters.view(parameters.gradients(), "scale"), "scale");
    }

    /** So many keys that each row's powers have one shift: full tiles of keys and not, one head and many. */
    @ParameterizedTest
    @CsvSource({"2, 300, 1101, 3, 40, 2", "1, 513, 1024, 1, 64, 1", "3, 70, 4000, 2, 8, 3", "1, 1, 540000, 1, 3, 1"})
    void resultOfManyTilesIsSameDiffs(int images, int queries, int keys, int heads, int width, int threads) {
        attention(images, queries, keys, heads, width);
        isSameDiffs(threads);
    }

    private void isSameDiffs(int threads) {
        try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), threads, Precision.FP32)) {
            for (int times = 0; times < 2; times++) { // the second begins with what the first has left in memory
                SmallGraph.same(
                        sd.outputSingle(inputs, "mixed"), graph.run(inputs).get("mixed"), "mixed");
            }
        }
    }

    /** Powers of the first tile's largest score, of which the later ones aren't finite or their sum is too large. */
    @ParameterizedTest
    @ValueSource(floats = {-1000, -30, 5, 30, 100, 1000})
    void laterScoresMayBeFarLargerOrSmaller(float factor) {
        attention(1, 300, 1101, 2, 8);
        INDArray later = inputs.get("key").get(NDArrayIndex.all(), NDArrayIndex.interval(700, 1101));
        later.muli(factor);
        isSameDiffs(2);
    }

    /** Several heads, whose values are copied, too, and one, whose values are not. */
    @ParameterizedTest
    @CsvSource({"2, 700, 901, 4, 40", "1, 700, 901, 1, 64", "2, 300, 1101, 4, 40", "1, 700, 1300, 1, 64"})
    void bf16StaysCloseToFloat32(int images, int queries, int keys, int heads, int width) {
        Bfloat16Test.assumeThere();
        attention(images, queries, keys, heads, width);
        try (CompiledGraph exact = new CompiledGraph(sd, List.of("mixed"), 2, Precision.FP32);
                CompiledGraph rounded = new CompiledGraph(sd, List.of("mixed"), 2, Precision.BF16)) {
            INDArray expected = exact.run(inputs).get("mixed");
            INDArray found = rounded.run(inputs).get("mixed");
            double difference = expected.sub(found).norm2Number().doubleValue();
            double size = expected.norm2Number().doubleValue();
            assertTrue(difference > 0 && difference < 1e-2 * size, difference + " of " + size);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 1300})
    void anImageIsTheSameToTheBitInAnyBatch(int keys) {
        attention(5, 600, keys, 4, 8);
        try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), 2, Precision.FP32)) {
            INDArray all = graph.run(inputs).get("mixed");
            for (int image = 0; image < 5; image++) {
                Map<String, INDArray> one = new HashMap<>();
                for (Map.Entry<String, INDArray> input : inputs.entrySet()) {
                    one.put(
                            input.getKey(),
                            input.getValue()
                                    .get(NDArrayIndex.interval(image, image + 1))
                                    .dup('c'));
                }
                assertEquals(
                        all.get(NDArrayIndex.interval(image, image + 1)),
                        graph.run(one).get("mixed"),
                        "image " + image);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 1300})
    void anImageIsTheSameToTheBitOnAnyNumberOfThreads(int keys) {
        attention(1, 1500, keys, 4, 8);
        INDArray expected = null;
        for (int threads : new int[] {1, 2, 3, 5, 8}) {
            try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), threads, Precision.FP32)) {
                for (int times = 0; times < 3; times++) {
                    INDArray found = graph.run(inputs).get("mixed");
                    expected = expected == null ? found : expected;
                    assertEquals(expected, found, threads + " threads");
                }
            }
        }
    }

    /** The scores themselves would be 1 GB. */
    @Test
    void nobodyHoldsAllScores() {
        attention(2, 4096, 4096, 8, 40);
        long inputBytes =
                inputs.values().stream().mapToLong(array -> 4 * array.length()).sum();
        long before = Pointer.totalBytes();
        try (CompiledGraph graph = new CompiledGraph(sd, List.of("mixed"), 2, Precision.FP32)) {
            INDArray mixed = graph.run(inputs).get("mixed");
            long more = Pointer.totalBytes() - before - inputBytes;
            assertTrue(more < 100_000_000, more + " bytes beside the inputs");
            assertTrue(Double.isFinite(mixed.sumNumber().doubleValue()));
        }
    }
}
