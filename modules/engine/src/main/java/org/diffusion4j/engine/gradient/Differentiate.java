package org.diffusion4j.engine.gradient;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.diffusion4j.engine.ir.ElementwiseOp.Accumulate;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ReductionOp.SumTo;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;

/**
 * Reverse-mode differentiation of the fused ops, from the last to the first. The gradient of a value is the sum of what its
 * consumers contribute. The gradient of a parameter is added to the parameters' gradients at once.
 */
public final class Differentiate {
    private final Predicate<Value> trainable;
    private final Set<Value> reached = new HashSet<>();
    private final Map<Value, Value> gradients = new HashMap<>();
    private final List<Node> backward = new ArrayList<>();

    private Differentiate(Predicate<Value> trainable) {
        this.trainable = trainable;
    }

    /**
     * A network and its backward pass.
     *
     * @param forward the network's nodes; those whose backward pass needs more than operands and result have a further result
     * @param backward the nodes that compute the parameters' gradients from the outputs' gradients
     * @param outputGradients the gradients that the backward pass starts from, by output
     * @param inputGradients the requested gradients of inputs, for those inputs that an output depends on
     */
    public record Result(
            List<Node> forward,
            List<Node> backward,
            Map<Value, Value> outputGradients,
            Map<Value, Value> inputGradients) {}

    /**
     * Differentiates a network.
     *
     * @param nodes the fused network
     * @param outputs the network's results
     * @param trainable says which parameters get a gradient
     * @param inputs further values whose gradients are requested
     * @return the network with its backward pass
     * @throws UnsupportedGraphException if an op that is needed has no gradient here; the message names it
     */
    public static Result of(
            List<Node> nodes, Collection<Value> outputs, Predicate<Value> trainable, Set<Value> inputs) {
        return new Differentiate(trainable).run(nodes, outputs, inputs);
    }

    private Result run(List<Node> nodes, Collection<Value> outputs, Set<Value> inputs) {
        reached.addAll(inputs);
        List<Node> forward = new ArrayList<>();
        for (Node node : nodes) {
            node.operands().stream()
                    .filter(value -> value.parameter() != null && trainable.test(value))
                    .forEach(reached::add);
            boolean differentiable = node.operands().stream().anyMatch(reached::contains);
            if (differentiable) {
                reached.add(node.output());
            }
            Op keeping = differentiable ? Gradients.keeping(node.op(), node.output()) : node.op();
            forward.add(keeping == node.op() ? node : new Node(keeping, node.output()));
        }
        Map<Value, Value> ofOutputs = new LinkedHashMap<>();
        outputs.forEach(output -> ofOutputs.put(output, like(output)));
        gradients.putAll(ofOutputs);
        for (int i = forward.size() - 1; i >= 0; i--) {
            Value y = forward.get(i).output();
            Value dy = gradients.get(y);
            if (dy != null && wanted(y)) {
                Op op = forward.get(i).op();
                Gradients.of(op).of(op, y, dy, this);
            }
        }
        Map<Value, Value> ofInputs = new LinkedHashMap<>();
        for (Value input : inputs) {
            if (gradients.containsKey(input)) {
                ofInputs.put(input, gradients.get(input));
            }
        }
        return new Result(forward, backward, ofOutputs, ofInputs);
    }

    /** A value for the gradient of another value. */
    static Value like(Value value) {
        return new Value("gradient of " + value.name(), value.shape(), value.dataType(), null);
    }

    /** A value for the gradient of another value, if that gradient is needed; otherwise null. */
    Value likeIfWanted(Value value) {
        return wanted(value) ? like(value) : null;
    }

    /** Whether a value depends on a parameter that gets a gradient, or on an input whose gradient is requested. */
    boolean wanted(Value value) {
        return value != null && reached.contains(value);
    }

    /** The value, if it is a parameter that gets a gradient; otherwise null. */
    Value parameter(Value value, Value y) {
        if (!wanted(value)) {
            return null;
        }
        if (value.parameter() == null) {
            throw new UnsupportedGraphException(
                    String.format(Locale.ROOT, "the gradient of a computed weight (%s)", y));
        }
        return value;
    }

    /** Adds an op that makes a value with the shape and type of another. */
    Value emit(Op op, Value like) {
        Value result = like(like);
        emitInto(op, result);
        return result;
    }

    /** Adds an op that makes a given value. */
    void emitInto(Op op, Value result) {
        backward.add(new Node(op, result));
    }

    /** Adds an op that adds to the parameters' gradients. */
    void sink(Op op) {
        backward.add(new Node(op, null));
    }

    /** The sum of what was contributed to a value's gradient so far; null for nothing. */
    Value gradient(Value value) {
        return gradients.get(value);
    }

    /** Replaces a value's gradient by one that includes what was contributed so far. */
    void replace(Value value, Value gradient) {
        gradients.put(value, gradient);
    }

    /** Adds to a value's gradient, if that is needed. */
    void contribute(Value value, Value gradient) {
        if (!wanted(value)) {
            return;
        }
        if (value.parameter() != null) {
            sink(new Accumulate(gradient, value));
            return;
        }
        Value before = gradients.get(value);
        gradients.put(value, before == null ? gradient : emit(new Binary(Binary.Kind.ADD, before, gradient), value));
    }

    /** Contributes the sum over the dimensions in which the operand was broadcast. */
    void contributeSum(Value operand, Value gradient) {
        if (wanted(operand)) {
            contribute(operand, operand.sameShape(gradient) ? gradient : emit(new SumTo(gradient), operand));
        }
    }
}
