package org.diffusion4j.engine.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Reverse-mode differentiation of the fused ops, from the last to the first. A value's gradient is the sum of what its
 * consumers contribute; a parameter's goes to the parameters' gradients at once.
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
     * @param forward the network's nodes; those whose backward pass needs more have a further result
     * @param backward from the output's gradient to the parameters'
     * @param outputGradient what the backward pass starts from
     * @param inputGradients the gradients of the inputs that were asked for, where the output depends on them
     */
    public record Result(
            List<Node> forward, List<Node> backward, Value outputGradient, Map<Value, Value> inputGradients) {}

    /**
     * Differentiates a network.
     *
     * @param nodes the fused network
     * @param output its result
     * @param trainable which parameters get a gradient
     * @param inputs further values whose gradients are asked for
     * @return the network with its backward pass
     * @throws UnsupportedGraphException if an op on the way has no gradient here; the message names it
     */
    public static Result of(List<Node> nodes, Value output, Predicate<Value> trainable, Set<Value> inputs) {
        return new Differentiate(trainable).run(nodes, output, inputs);
    }

    private Result run(List<Node> nodes, Value output, Set<Value> inputs) {
        reached.addAll(inputs);
        List<Node> forward = new ArrayList<>();
        for (Node node : nodes) {
            node.inputs().stream()
                    .filter(value -> value != null && value.parameter() != null && trainable.test(value))
                    .forEach(reached::add);
            boolean differentiable = node.inputs().stream().anyMatch(reached::contains);
            if (differentiable) {
                reached.add(node.output());
            }
            forward.add(differentiable ? withWhatIsKept(node) : node);
        }
        Value outputGradient = gradientLike(output);
        gradients.put(output, outputGradient);
        for (int i = forward.size() - 1; i >= 0; i--) {
            Node node = forward.get(i);
            Value dy = gradients.get(node.output());
            if (dy != null && reached.contains(node.output())) {
                differentiate(node, dy);
            }
        }
        Map<Value, Value> ofInputs = new LinkedHashMap<>();
        for (Value input : inputs) {
            if (gradients.containsKey(input)) {
                ofInputs.put(input, gradients.get(input));
            }
        }
        return new Result(forward, backward, outputGradient, ofInputs);
    }

    private static Node withWhatIsKept(Node node) {
        Value y = node.output();
        if (node.op() instanceof Op.GroupNorm) {
            Value kept = new Value("kept " + y.name(), new long[] {y.size(0), 5, y.size(1)}, DataType.FLOAT, null);
            return new Node(node.op(), node.inputs(), List.of(y, kept));
        }
        if (node.op() instanceof Op.Attention attention) {
            long[] shape = {
                y.size(0), attention.heads(), y.size(1), node.input(1).size(1)
            };
            Value softmax = new Value("softmax " + y.name(), shape, DataType.FLOAT, null);
            return new Node(node.op(), node.inputs(), List.of(y, softmax));
        }
        return node;
    }

    private static Value gradientLike(Value value) {
        return new Value("gradient of " + value.name(), value.shape(), value.dataType(), null);
    }

    private boolean wanted(Value value) {
        return value != null && reached.contains(value);
    }

    /** The value if it is a parameter that gets a gradient; else null. */
    private Value parameter(Value value, Node node) {
        if (!wanted(value)) {
            return null;
        }
        if (value.parameter() == null) {
            throw new UnsupportedGraphException(
                    String.format(Locale.ROOT, "the gradient of a computed weight (%s)", node.output()));
        }
        return value;
    }

    private Value emit(Op op, Value like, Value... inputs) {
        Value result = gradientLike(like);
        backward.add(new Node(op, Arrays.asList(inputs), result));
        return result;
    }

    private void sink(Op op, Value... inputs) {
        backward.add(new Node(op, Arrays.asList(inputs), Collections.emptyList()));
    }

    private void contribute(Value value, Value gradient) {
        if (!wanted(value)) {
            return;
        }
        if (value.parameter() != null) {
            sink(new Op.Accumulate(), gradient, value);
            return;
        }
        Value before = gradients.get(value);
        gradients.put(
                value, before == null ? gradient : emit(new Op.Binary(Op.Binary.Kind.ADD), value, before, gradient));
    }

    private void differentiate(Node node, Value dy) {
        Op op = node.op();
        Value x = node.input(0);
        if (op instanceof Op.Convolution convolution) {
            convolution(convolution, node, dy);
        } else if (op instanceof Op.TransposedConvolution transposed) {
            Value weight = parameter(node.input(1), node);
            if (weight != null) {
                sink(new Op.TransposedConvolutionWeights(transposed), x, dy, weight);
            }
            if (wanted(x)) {
                contribute(x, emit(new Op.TransposedConvolutionData(transposed), x, dy, node.input(1)));
            }
        } else if (op instanceof Op.GroupNorm norm) {
            groupNorm(norm, node, dy);
        } else if (op instanceof Op.Linear) {
            Value weight = parameter(node.input(1), node);
            Value bias = parameter(node.input(2), node);
            if (weight != null || bias != null) {
                sink(new Op.LinearWeights(), x, dy, weight, bias);
            }
            if (wanted(x)) {
                contribute(x, emit(new Op.LinearData(), x, dy, node.input(1)));
            }
        } else if (op instanceof Op.Attention attention) {
            List<Value> operands = node.inputs();
            List<Value> results =
                    operands.stream().map(Differentiate::gradientLike).toList();
            Op gradient = new Op.AttentionGradient(attention);
            List<Value> all = List.of(x, node.input(1), node.input(2), node.output(1), dy);
            backward.add(new Node(gradient, all, results));
            for (int i = 0; i < 3; i++) {
                contribute(operands.get(i), results.get(i));
            }
        } else if (op instanceof Op.Binary binary) {
            binary(binary, node, dy);
        } else if (op instanceof Op.MatrixProduct product) {
            product(product, node, dy);
        } else if (op instanceof Op.Concat concat) {
            int before = 0;
            for (Value part : node.inputs()) {
                long[] begin = new long[part.rank()];
                begin[concat.axis()] = before;
                if (wanted(part)) {
                    contribute(part, emit(new Op.Slice(begin), part, dy));
                }
                before += part.size(concat.axis());
            }
        } else if (wanted(x)) {
            Value dx = ofOneOperand(node, x, dy);
            if (dx != null) {
                contribute(x, dx);
            }
        }
    }

    /** Null where the gradient is zero. */
    private Value ofOneOperand(Node node, Value x, Value dy) {
        Op op = node.op();
        if (op instanceof Op.Unary unary) {
            return switch (unary.kind()) {
                case ADD -> dy;
                case MULTIPLY, DIVIDE -> emit(unary, x, dy);
                case CAST -> emit(unary, x, dy);
                case FLOOR, TRUNCATE, AT_LEAST -> null;
                default -> emit(new Op.UnaryGradient(unary), x, x, node.output(), dy);
            };
        } else if (op instanceof Op.Silu) {
            return emit(new Op.SiluGradient(), x, x, dy);
        } else if (op instanceof Op.Softmax) {
            return emit(new Op.SoftmaxGradient(), x, node.output(), dy);
        } else if (op instanceof Op.Dropout) {
            return emit(op, x, dy, node.input(1));
        } else if (op instanceof Op.Reshape) {
            return emit(op, x, dy);
        } else if (op instanceof Op.ToSequence) {
            return emit(new Op.ToImage(), x, dy);
        } else if (op instanceof Op.ToImage) {
            return emit(new Op.ToSequence(), x, dy);
        } else if (op instanceof Op.Permute permute) {
            int[] inverse = new int[permute.order().length];
            for (int i = 0; i < inverse.length; i++) {
                inverse[permute.order()[i]] = i;
            }
            return emit(new Op.Permute(inverse), x, dy);
        } else if (op instanceof Op.Slice slice) {
            int[] front = Arrays.stream(slice.begin()).mapToInt(i -> (int) i).toArray();
            return emit(new Op.Pad(front), x, dy);
        } else if (op instanceof Op.Pad pad) {
            return emit(new Op.Slice(Arrays.stream(pad.front()).asLongStream().toArray()), x, dy);
        } else if (op instanceof Op.Tile) {
            return emit(new Op.SumTo(), x, dy);
        } else if (op instanceof Op.Mean) {
            double count = (double) x.length() / node.output().length();
            Value share = emit(new Op.Unary(Op.Unary.Kind.DIVIDE, count), dy, dy);
            int[] times = new int[x.rank()];
            for (int i = 0; i < times.length; i++) {
                times[i] = x.size(i) / dy.size(i);
            }
            return emit(new Op.Tile(times), x, share);
        } else if (op instanceof Op.Pool pool) {
            return emit(new Op.PoolGradient(pool.max()), x, x, dy);
        } else if (op instanceof Op.UpsampleNearest) {
            return emit(new Op.UpsampleNearestGradient(), x, dy);
        }
        throw new UnsupportedGraphException("the gradient of " + op);
    }

    private void convolution(Op.Convolution op, Node node, Value dy) {
        Value x = node.input(0);
        Value weight = parameter(node.input(1), node);
        Value bias = parameter(node.input(2), node);
        if (weight != null || bias != null) {
            sink(new Op.ConvolutionWeights(op, node.input(1).shape()), again(x), dy, weight, bias);
        }
        if (wanted(x)) {
            contribute(x, emit(new Op.ConvolutionData(op), x, dy, node.input(1)));
        }
        contribute(node.input(3), dy);
    }

    /** The value, or where it is a norm's result that value made once more: so that it needn't be kept until here. */
    private Value again(Value value) {
        Node norm = value.producer();
        return norm != null && norm.op() instanceof Op.GroupNorm op && norm.output(1) != null
                ? emit(new Op.GroupNormAgain(op), value, norm.input(0), norm.output(1))
                : value;
    }

    private void groupNorm(Op.GroupNorm op, Node node, Value dy) {
        parameter(node.input(1), node);
        parameter(node.input(2), node);
        Value x = node.input(0);
        List<Value> operands = new ArrayList<>(node.inputs());
        operands.add(node.output(1));
        operands.add(dy);
        operands.add(gradients.get(x));
        List<Value> results = new ArrayList<>();
        results.add(gradientLike(x));
        for (int i = 3; i <= 5; i++) {
            results.add(wanted(node.input(i)) ? gradientLike(node.input(i)) : null);
        }
        backward.add(new Node(new Op.GroupNormGradient(op), operands, results));
        gradients.put(x, results.get(0));
        for (int i = 3; i <= 5; i++) {
            if (results.get(i - 2) != null) {
                contribute(node.input(i), results.get(i - 2));
            }
        }
    }

    private void binary(Op.Binary op, Node node, Value dy) {
        Value a = node.input(0);
        Value b = node.input(1);
        Value y = node.output();
        switch (op.kind()) {
            case ADD -> {
                summed(a, dy);
                summed(b, dy);
            }
            case SUBTRACT -> {
                summed(a, dy);
                if (wanted(b)) {
                    summed(b, negative(dy));
                }
            }
            case MULTIPLY -> {
                if (wanted(a)) {
                    summed(a, emit(op, y, dy, b));
                }
                if (wanted(b)) {
                    summed(b, emit(op, y, dy, a));
                }
            }
            case DIVIDE -> {
                Value share = wanted(a) || wanted(b) ? emit(op, y, dy, b) : null;
                if (wanted(a)) {
                    summed(a, share);
                }
                if (wanted(b)) {
                    Value product = emit(new Op.Binary(Op.Binary.Kind.MULTIPLY), y, share, y);
                    summed(b, negative(product));
                }
            }
        }
    }

    private Value negative(Value value) {
        return emit(new Op.Unary(Op.Unary.Kind.MULTIPLY, -1), value, value);
    }

    /** Contributes the sum over those dimensions in which the operand was broadcast. */
    private void summed(Value operand, Value gradient) {
        if (wanted(operand)) {
            contribute(operand, operand.sameShape(gradient) ? gradient : emit(new Op.SumTo(), operand, gradient));
        }
    }

    private void product(Op.MatrixProduct op, Node node, Value dy) {
        Value a = node.input(0);
        Value b = node.input(1);
        boolean ta = op.transposeA();
        boolean tb = op.transposeB();
        if (wanted(a)) {
            contribute(
                    a,
                    ta
                            ? emit(new Op.MatrixProduct(tb, true), a, b, dy)
                            : emit(new Op.MatrixProduct(false, !tb), a, dy, b));
        }
        if (wanted(b)) {
            contribute(
                    b,
                    tb
                            ? emit(new Op.MatrixProduct(true, ta), b, dy, a)
                            : emit(new Op.MatrixProduct(!ta, false), b, a, dy));
        }
    }
}
