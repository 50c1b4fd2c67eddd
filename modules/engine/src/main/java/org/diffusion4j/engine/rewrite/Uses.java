package org.diffusion4j.engine.rewrite;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/**
 * How often each value is read, and which ops make it, as patterns need to know. Every method that gives an op gives null
 * for null.
 */
public final class Uses {
    private final Map<Value, Integer> readers = new HashMap<>();

    /**
     *
     * Counts how often each value is read.
     *
     * @param nodes the nodes of the network
     * @param outputs the network's outputs, which count as read
     */
    Uses(List<Node> nodes, Collection<Value> outputs) {
        outputs.forEach(output -> readers.merge(output, 1, Integer::sum));
        nodes.forEach(node -> node.operands().forEach(operand -> readers.merge(operand, 1, Integer::sum)));
    }

    /** How often a value is read. */
    int of(Value value) {
        return readers.getOrDefault(value, 0);
    }

    /** The op that makes a value, if it is of the given class; otherwise null. */
    static <O extends Op> O made(Value value, Class<O> op) {
        Node producer = value == null ? null : value.producer();
        return producer != null && producer.output() == value && op.isInstance(producer.op())
                ? op.cast(producer.op())
                : null;
    }

    /** Like {@link #made(Value, Class)}, but only if the value is read once: only then can the op be removed. */
    <O extends Op> O inner(Value value, Class<O> op) {
        return value != null && of(value) == 1 ? made(value, op) : null;
    }

    /** The function of two numbers that makes a value, if it is of the given kind; otherwise null. */
    static Binary made(Value value, Binary.Kind kind) {
        return of(kind, made(value, Binary.class));
    }

    /** The same, but only if the value is read once. */
    Binary inner(Value value, Binary.Kind kind) {
        return of(kind, inner(value, Binary.class));
    }

    private static Binary of(Binary.Kind kind, Binary op) {
        return op != null && op.kind() == kind ? op : null;
    }

    /** The function of one number that makes a value, if it is of the given kind; otherwise null. */
    static Unary made(Value value, Function.Kind kind) {
        return of(kind, made(value, Unary.class));
    }

    /** The same, but only if the value is read once. */
    Unary inner(Value value, Function.Kind kind) {
        return of(kind, inner(value, Unary.class));
    }

    private static Unary of(Function.Kind kind, Unary op) {
        return op != null && op.function().kind() == kind ? op : null;
    }

    /** The op of a node, if it is a function of the given kind; otherwise null. */
    static Binary is(Node node, Binary.Kind kind) {
        return node.op() instanceof Binary binary ? of(kind, binary) : null;
    }

    /** The op of a node, if it is a function of the given kind; otherwise null. */
    static Unary is(Node node, Function.Kind kind) {
        return node.op() instanceof Unary unary ? of(kind, unary) : null;
    }
}
