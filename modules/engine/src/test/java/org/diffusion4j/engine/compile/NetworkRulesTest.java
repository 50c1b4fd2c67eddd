package org.diffusion4j.engine.compile;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.SmallGraph;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.read.Reading;
import org.diffusion4j.engine.rewrite.Rewrite;
import org.diffusion4j.engine.rewrite.Uses;
import org.diffusion4j.samediff.SharedArrays;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** A stage that breaks a rule is named, with the rule. */
class NetworkRulesTest {
    private final Value x = new Value("x", new long[] {2, 3}, DataType.FLOAT, null);
    private final Value y = new Value("y", new long[] {2, 3}, DataType.FLOAT, null);
    private final Value z = new Value("z", new long[] {3, 2}, DataType.FLOAT, null);

    private Network network(Node... nodes) {
        return new Network(List.of(nodes), Map.of("x", x), Map.of("z", z), 2);
    }

    private void assertBroken(String expected, Network network) {
        String message = assertThrows(IllegalStateException.class, () -> NetworkRules.check(network, "a stage"))
                .getMessage();
        assertEquals("after a stage: " + expected, message);
    }

    @Test
    void aNetworkOfOrderIsLeftAlone() {
        Network network = network(new Node(new Silu(x), y), new Node(new Reshape(y), z));
        assertDoesNotThrow(() -> NetworkRules.check(network, "a stage"));
    }

    @Test
    void anOperandIsThereBeforeItIsRead() {
        Node silu = new Node(new Silu(x), y);
        Node reshape = new Node(new Reshape(y), z);
        assertBroken("Reshape -> [z[3, 2]]: operand y[2, 3] is read before it is made", network(reshape, silu));
    }

    @Test
    void aValueIsMadeOnceAndKnowsByWhat() {
        Node first = new Node(new Silu(x), y);
        Node second = new Node(new Silu(x), y);
        Node reshape = new Node(new Reshape(y), z);
        assertBroken(
                "Silu -> [y[2, 3]]: y[2, 3] says that Silu -> [y[2, 3]] makes it", network(first, second, reshape));
        assertBroken("Silu -> [y[2, 3]]: y[2, 3] is made twice", network(second, second, reshape));
    }

    @Test
    void theOutputsStay() {
        assertBroken("output 'z' is made by no op", network(new Node(new Silu(x), y)));
    }

    @Test
    void shapesAgree() {
        assertBroken(
                "Silu -> [z[3, 2]]: expected shapes that agree, found Silu[x=x[2, 3]]",
                network(new Node(new Silu(x), z)));
    }

    /** Lets each op read what it makes. */
    private static final class Careless implements Rewrite {
        @Override
        public Op apply(Node last, Uses uses) {
            return new Reshape(last.output());
        }
    }

    @Test
    void aRewriteThatBreaksARuleIsNamed() {
        SmallGraph graph = SmallGraph.of((sd, sample) -> sample.mul(2));
        Reading.Result read = Reading.of(graph.sd, SharedArrays::sourceOf, List.of(SmallGraph.OUTPUT), 2);
        Network network = new Network(read.nodes(), read.inputs(), read.outputs(), 2);
        String message = assertThrows(IllegalStateException.class, () -> network.rewritten(new Careless()))
                .getMessage();
        assertEquals(
                "after Careless: Reshape -> [out_sample[2, 4, 6, 6]]: operand out_sample[2, 4, 6, 6] is read before it is"
                        + " made",
                message);
    }
}
