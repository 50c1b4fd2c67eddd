package org.diffusion4j.samediff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class GraphReaderTest {
    private final SameDiff graph = SameDiff.create();
    private final SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 3);
    private final SDVariable weight = graph.var("weight", Nd4j.ones(DataType.FLOAT, 1, 3));
    private final SDVariable product = x.mul("product", weight);
    private final SDVariable sum = product.add("sum", 2.5);
    private final SDVariable mean = sum.mean("mean", true, -1);

    private static List<String> results(List<SourceOp> ops) {
        return ops.stream().map(SourceOp::result).toList();
    }

    @Test
    void anOutputNeedsWhatMakesItInOrderAndNothingElse() {
        sum.mul("unused", 2);
        GraphReader reader = new GraphReader(graph);
        assertEquals(List.of("product", "sum", "mean"), results(reader.needed(List.of("mean"))));
        assertEquals(List.of("product", "sum"), results(reader.needed(List.of("sum", "product"))));
        assertEquals(List.of(), reader.needed(List.of("x")));
        assertEquals(mean, reader.variable("mean"));
    }

    /** As a graph that was loaded from a file may have them. */
    @Test
    void opsListedBackwardsAreReadInAnOrderInWhichTheyCanRun() {
        List<Map.Entry<String, SameDiffOp>> backwards =
                new ArrayList<>(graph.getOps().entrySet());
        Collections.reverse(backwards);
        graph.getOps().clear();
        backwards.forEach(op -> graph.getOps().put(op.getKey(), op.getValue()));
        assertEquals(List.of("product", "sum", "mean"), results(new GraphReader(graph).needed(List.of("mean"))));
    }

    @Test
    void aLoopIsNamed() {
        SameDiffOp first = graph.getOps().values().iterator().next();
        first.setInputsToOp(List.of("mean", "weight"));
        GraphReader reader = new GraphReader(graph);
        String message = assertThrows(UnsupportedGraphException.class, () -> reader.needed(List.of("sum")))
                .getMessage();
        assertEquals("op 'multiply' (" + first.getName() + "): is part of a loop", message);
    }

    @Test
    void producersAreFoundByKindAndChain() {
        GraphReader reader = new GraphReader(graph);
        assertEquals("add_scalar", reader.producer("sum").kind());
        assertNull(reader.producer("sum", "multiply"));
        assertNull(reader.producer("x"));
        assertEquals(
                List.of("mean", "sum", "product"),
                results(reader.chain("mean", "reduce_mean", "add_scalar", "multiply")));
        assertEquals(List.of(), reader.chain("mean", "reduce_mean", "multiply"));
        assertTrue(reader.isPlaceholder("x"));
        assertFalse(reader.isPlaceholder("weight"));
        assertTrue(reader.isParameter("weight"));
        assertFalse(reader.isParameter("sum"));
        assertThrows(UnsupportedGraphException.class, () -> reader.variable("none"));
    }

    @Test
    void argumentsAreReadOrRefusedByName() {
        GraphReader reader = new GraphReader(graph);
        assertEquals(2.5, reader.producer("sum").scalar());
        SourceOp reduction = reader.producer("mean");
        assertArrayEquals(new int[] {1}, reduction.dimensions(2));
        assertTrue(reduction.keepsDimensions());
        assertEquals(List.of("sum"), reduction.operands());
        SourceOp multiply = reader.producer("product");
        String message =
                assertThrows(UnsupportedGraphException.class, multiply::scalar).getMessage();
        assertEquals(
                "op 'multiply' (" + multiply.name() + "): expected one number besides its operand, found null",
                message);
        assertThrows(UnsupportedGraphException.class, () -> reduction.axis(2, 2));
        assertThrows(UnsupportedGraphException.class, () -> multiply.integers(2, "two sizes"));
    }
}
