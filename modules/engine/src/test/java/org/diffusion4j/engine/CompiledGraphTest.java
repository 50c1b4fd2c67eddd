package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.WeightSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A graph of two inputs and three outputs, of which one is read by another; none has the name of a denoising network's. */
class CompiledGraphTest {
    private final SameDiff sd = SameDiff.create();
    private final SDVariable tokens = sd.placeHolder("tokens", DataType.FLOAT, -1, 3, 5);
    private final SDVariable mask = sd.placeHolder("mask", DataType.FLOAT, -1, 3);
    private final SDVariable weight = sd.var("weight", SmallGraph.numbers(4, 6, 5));
    private final SDVariable hidden = sd.mmul(tokens.reshape(-1, 5), weight, false, true, false)
            .reshape(-1, 3, 6)
            .rename("hidden");
    private final SDVariable masked = hidden.mul(mask.reshape(-1, 3, 1)).rename("masked");
    private final SDVariable pooled = sd.math().tanh(masked.mean(true, 1)).rename("pooled");
    private final Map<String, INDArray> inputs =
            Map.of("tokens", SmallGraph.numbers(1, 4, 3, 5), "mask", SmallGraph.numbers(2, 4, 3));

    @AfterEach
    void close() {
        inputs.values().forEach(INDArray::close);
    }

    @Test
    void chosenOutputsOfNamedInputsAreSameDiffs() {
        List<String> outputs = List.of("pooled", "hidden");
        try (CompiledGraph graph = new CompiledGraph(sd, outputs, 2, Precision.FP32)) {
            Map<String, INDArray> found = graph.run(inputs);
            assertEquals(Set.of(pooled.name(), hidden.name()), found.keySet());
            sd.output(inputs, outputs).forEach((name, expected) -> SmallGraph.same(expected, found.get(name), name));
        }
    }

    @Test
    void gradientsOfSeveralOutputsAddUp() {
        FlatParameters parameters = new FlatParameters(sd);
        List<String> outputs = List.of("hidden", "pooled");
        INDArray ofHidden = SmallGraph.numbers(5, 4, 3, 6);
        INDArray ofPooled = SmallGraph.numbers(6, 4, 1, 6);
        INDArray ofTokens;
        try (CompiledGraph graph = new CompiledGraph(sd, outputs, parameters, List.of("tokens"), 2, Precision.FP32)) {
            graph.run(inputs);
            ofTokens = graph.backward(Map.of("hidden", ofHidden, "pooled", ofPooled))
                    .get("tokens");
        }
        SameDiff reference = sd.dup();
        SDVariable loss = reference
                .getVariable("hidden")
                .mul(reference.constant(ofHidden))
                .sum()
                .add(reference
                        .getVariable("pooled")
                        .mul(reference.constant(ofPooled))
                        .sum());
        reference.setLossVariables(loss);
        reference.createGradFunction("tokens"); // placeholders get none unless they are named here
        Map<String, INDArray> expected = reference.calculateGradients(inputs, "weight", "tokens");
        SmallGraph.same(expected.get("tokens"), ofTokens, "tokens");
        SmallGraph.same(expected.get("weight"), parameters.view(parameters.gradients(), "weight"), "weight");
    }

    @Test
    void wrongUseIsRefusedInWords() {
        FlatParameters parameters = new FlatParameters(sd);
        List<String> outputs = List.of("pooled");
        assertMessage(
                "outputs: expected at least one, found none",
                () -> new CompiledGraph(sd, List.of(), 1, Precision.FP32));
        assertMessage(
                "differentiated: expected some of [mask, tokens], found 'hidden'",
                () -> new CompiledGraph(sd, outputs, parameters, List.of("hidden"), 1, Precision.FP32));
        try (CompiledGraph graph = new CompiledGraph(sd, outputs, parameters, List.of(), 1, Precision.FP32)) {
            INDArray ofPooled = Nd4j.ones(DataType.FLOAT, 4, 1, 6);
            String early = assertThrows(IllegalStateException.class, () -> graph.backward(Map.of("pooled", ofPooled)))
                    .getMessage();
            assertEquals("the graph hasn't run", early);
            assertMessage(
                    "inputs: expected [mask, tokens], found [tokens]",
                    () -> graph.run(Map.of("tokens", inputs.get("tokens"))));
            assertMessage(
                    "'mask': expected shape [4, 3], found [4, 2]",
                    () -> graph.run(Map.of("tokens", inputs.get("tokens"), "mask", Nd4j.ones(DataType.FLOAT, 4, 2))));
            assertArrayEquals(
                    new long[] {4, 1, 6}, graph.run(inputs).get("pooled").shape());
            assertMessage("gradients: expected [pooled], found []", () -> graph.backward(Map.of()));
            assertTrue(graph.backward(Map.of("pooled", ofPooled)).isEmpty());
        }
        try (CompiledGraph graph = new CompiledGraph(sd, outputs, 1, Precision.FP32)) {
            graph.run(inputs);
            String without = assertThrows(IllegalStateException.class, () -> graph.backward(Map.of()))
                    .getMessage();
            assertEquals("the graph was made without gradients", without);
        }
    }

    private static void assertMessage(String expected, Runnable use) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, use::run).getMessage());
    }

    @Test
    void sharedArraysAreNotCopied() {
        INDArray large = SmallGraph.numbers(4, 1000, 1000);
        SameDiff shared = SameDiff.create();
        SharedArrays arrays = new SharedArrays(Map.of("large", WeightSource.of(large)));
        shared.setArrayHolders(arrays, new SingleThreadArrayHolder(), true);
        SDVariable row = shared.placeHolder("row", DataType.FLOAT, -1, 1000);
        shared.mmul(row, arrays.addTo(shared, "large"), false, true, false).rename("product");
        INDArray one = SmallGraph.numbers(1, 2, 1000);
        long before = Pointer.totalBytes();
        try (CompiledGraph graph = new CompiledGraph(shared, List.of("product"), 1, Precision.FP32)) {
            INDArray found = graph.run(Map.of("row", one)).get("product");
            long packed = graph.weightBytes();
            long more = Pointer.totalBytes() - before;
            assertTrue(more - packed < 1_000_000, more + " bytes more, of which packed " + packed);
            SmallGraph.same(one.mmul(large.transpose()), found, "product");
        }
    }

    @Test
    void aChangeOfAVariableThatWasSharedCountsForNoFurtherBatchSize() {
        INDArray shift = SmallGraph.numbers(4, 1, 5);
        SameDiff shared = SameDiff.create();
        SharedArrays arrays = new SharedArrays(Map.of("shift", WeightSource.of(shift)));
        shared.setArrayHolders(arrays, new SingleThreadArrayHolder(), true);
        SDVariable row = shared.placeHolder("row", DataType.FLOAT, -1, 5);
        row.add(arrays.addTo(shared, "shift")).rename("sum");
        INDArray first = SmallGraph.numbers(1, 1, 5);
        INDArray further = SmallGraph.numbers(2, 3, 5);
        try (CompiledGraph graph = new CompiledGraph(shared, List.of("sum"), 1, Precision.FP32)) {
            SmallGraph.same(first.add(shift), graph.run(Map.of("row", first)).get("sum"), "first");
            shared.getArrForVarName("shift").addi(1);
            SmallGraph.same(
                    further.addRowVector(shift),
                    graph.run(Map.of("row", further)).get("sum"),
                    "further");
        }
    }

    @Test
    void elementwiseOpsHaveThePlaceOfWhatNoLaterOpReads() {
        SameDiff chain = SameDiff.create();
        SDVariable y = chain.placeHolder("x", DataType.FLOAT, -1, 1000);
        SDVariable once = chain.math().tanh(chain.nn().sigmoid(y));
        for (int i = 0; i < 4; i++) {
            once = chain.math().sin(once.add(0.25));
        }
        SDVariable kept = once;
        once.add("again", chain.math().cos(chain.math().sin(kept)));
        INDArray x = SmallGraph.numbers(1, 3, 1000);
        Map<String, INDArray> inputs = Map.of("x", x);
        INDArray expected = chain.output(inputs, List.of("again")).get("again");
        try (CompiledGraph graph = new CompiledGraph(chain, List.of("again"), 1, Precision.FP32)) {
            for (int run = 0; run < 2; run++) {
                SmallGraph.same(expected, graph.run(inputs).get("again"), "again");
            }
            long array = Float.BYTES * 3 * 1000L;
            assertTrue(graph.arrayBytes() < 3 * array, graph.arrayBytes() + " bytes");
        }
    }
}
