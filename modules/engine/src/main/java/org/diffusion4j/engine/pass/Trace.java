package org.diffusion4j.engine.pass;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.diffusion4j.engine.UnsupportedGraphException;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.factory.Nd4j;

/** Reads a SameDiff graph: the ops that its output needs, in order, with every shape for one batch size. */
public final class Trace {
    private final SameDiff graph;
    private final Function<SDVariable, INDArray> contents;
    private final long batch;
    private final Map<String, Value> values = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private Trace(SameDiff graph, Function<SDVariable, INDArray> contents, long batch) {
        this.graph = graph;
        this.contents = contents;
        this.batch = batch;
    }

    /**
     * What was read.
     *
     * @param nodes in an order in which they can run
     * @param inputs the placeholders by name
     * @param output the result
     */
    public record Result(List<Node> nodes, Map<String, Value> inputs, Value output) {}

    /**
     * Reads a graph.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents of a variable or constant, in its shape
     * @param output the variable that is asked for
     * @param batch its size
     * @return the network
     * @throws UnsupportedGraphException if there is an op that isn't known
     */
    public static Result of(SameDiff graph, Function<SDVariable, INDArray> contents, String output, long batch) {
        Trace trace = new Trace(graph, contents, batch);
        for (SameDiffOp op : trace.needed(output)) {
            trace.add(op);
        }
        Map<String, Value> inputs = new HashMap<>();
        for (String name : graph.inputs()) {
            inputs.put(name, trace.value(name));
        }
        return new Result(trace.nodes, inputs, trace.values.get(output));
    }

    /** SameDiff keeps its ops in the order in which they were made, which is one in which they can run. */
    private List<SameDiffOp> needed(String output) {
        Map<String, SameDiffOp> producers = new HashMap<>();
        for (SameDiffOp op : graph.getOps().values()) {
            op.getOutputsOfOp().forEach(name -> producers.put(name, op));
        }
        Set<SameDiffOp> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            SameDiffOp op = producers.get(open.pop());
            if (op != null && needed.add(op)) {
                open.addAll(op.getInputsToOp());
            }
        }
        List<SameDiffOp> order = new ArrayList<>();
        Set<String> made = new HashSet<>();
        // A loaded graph may list them otherwise: take those whose operands are there, until none is left.
        Deque<SameDiffOp> waiting = new ArrayDeque<>();
        graph.getOps().values().stream().filter(needed::contains).forEach(waiting::add);
        int stuck = 0;
        while (!waiting.isEmpty() && stuck <= waiting.size()) {
            SameDiffOp op = waiting.poll();
            boolean ready =
                    op.getInputsToOp().stream().allMatch(name -> !producers.containsKey(name) || made.contains(name));
            if (ready) {
                order.add(op);
                made.addAll(op.getOutputsOfOp());
                stuck = 0;
            } else {
                waiting.add(op);
                stuck++;
            }
        }
        if (!waiting.isEmpty()) {
            throw new UnsupportedGraphException("op '" + waiting.peek().getName() + "': is part of a loop");
        }
        return order;
    }

    private Value value(String name) {
        return values.computeIfAbsent(name, key -> {
            SDVariable variable = graph.getVariable(key);
            if (variable.getVariableType() == VariableType.PLACEHOLDER) {
                long[] shape = variable.getShape().clone();
                if (shape[0] < 0) {
                    shape[0] = batch;
                }
                return new Value(key, shape, variable.dataType(), null);
            }
            INDArray array = contents.apply(variable);
            return new Value(key, array.shape(), array.dataType(), array);
        });
    }

    private void emit(Op op, List<Value> inputs, String output, long... shape) {
        Value value = new Value(output, shape, graph.getVariable(output).dataType(), null);
        values.put(output, value);
        nodes.add(new Node(op, inputs, value));
    }

    private void add(SameDiffOp sameDiffOp) {
        List<Value> in = sameDiffOp.getInputsToOp().stream().map(this::value).toList();
        String out = sameDiffOp.getOutputsOfOp().get(0);
        String name = sameDiffOp.getOp().opName();
        long[] args = sameDiffOp.getOp() instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
        switch (name) {
            case "reshape" -> emit(new Op.Reshape(), in.subList(0, 1), out, reshaped(in.get(0), args, sameDiffOp));
            case "permute" -> {
                int[] order = Arrays.stream(args).mapToInt(i -> (int) i).toArray();
                long[] shape = new long[order.length];
                for (int i = 0; i < order.length; i++) {
                    shape[i] = in.get(0).size(order[i]);
                }
                emit(new Op.Permute(order), in.subList(0, 1), out, shape);
            }
            case "add" -> binary(Op.Binary.Kind.ADD, in, out);
            case "subtract" -> binary(Op.Binary.Kind.SUBTRACT, in, out);
            case "multiply" -> binary(Op.Binary.Kind.MULTIPLY, in, out);
            case "divide" -> binary(Op.Binary.Kind.DIVIDE, in, out);
            case "biasadd" -> {
                Value bias = in.get(1);
                Value channels =
                        new Value(bias.name(), new long[] {1, bias.size(0), 1, 1}, bias.dataType(), bias.parameter());
                binary(Op.Binary.Kind.ADD, List.of(in.get(0), channels), out);
            }
            case "add_scalar" -> unary(Op.Unary.Kind.ADD, scalar(sameDiffOp), in, out);
            case "sub_scalar" -> unary(Op.Unary.Kind.ADD, -scalar(sameDiffOp), in, out);
            case "mul_scalar" -> unary(Op.Unary.Kind.MULTIPLY, scalar(sameDiffOp), in, out);
            case "div_scalar" -> unary(Op.Unary.Kind.DIVIDE, scalar(sameDiffOp), in, out);
            case "cast" -> unary(Op.Unary.Kind.CAST, 0, in, out);
            case "sigmoid" -> unary(Op.Unary.Kind.SIGMOID, 0, in, out);
            case "relu" -> unary(Op.Unary.Kind.RELU, 0, in, out);
            case "tanh" -> unary(Op.Unary.Kind.TANH, 0, in, out);
            case "erf" -> unary(Op.Unary.Kind.ERF, 0, in, out);
            case "softplus" -> unary(Op.Unary.Kind.SOFTPLUS, 0, in, out);
            case "square" -> unary(Op.Unary.Kind.SQUARE, 0, in, out);
            case "sqrt" -> unary(Op.Unary.Kind.SQRT, 0, in, out);
            case "sin" -> unary(Op.Unary.Kind.SIN, 0, in, out);
            case "cos" -> unary(Op.Unary.Kind.COS, 0, in, out);
            case "log" -> unary(Op.Unary.Kind.LOG, 0, in, out);
            case "floor" -> unary(Op.Unary.Kind.FLOOR, 0, in, out);
            case "greaterthanorequal_scalar" -> unary(Op.Unary.Kind.AT_LEAST, scalar(sameDiffOp), in, out);
            case "range" -> range(out, sameDiffOp);
            case "reduce_mean" -> mean(sameDiffOp, in, out);
            case "softmax" -> emit(new Op.Softmax(), in, out, in.get(0).shape());
            case "matmul" -> product(args, in, out);
            case "concat" -> concat((int) args[0], in, out);
            case "split" -> split(sameDiffOp, (int) args[0], (int) args[1], in);
            case "tile" -> {
                int[] times = Arrays.stream(args).mapToInt(i -> (int) i).toArray();
                long[] shape = in.get(0).shape();
                for (int i = 0; i < times.length; i++) {
                    shape[i] *= times[i];
                }
                emit(new Op.Tile(times), in.subList(0, 1), out, shape);
            }
            case "onehot" ->
                emit(new Op.OneHot(), in.subList(0, 1), out, in.get(0).length(), args[1]);
            case "pad" -> pad(in, out);
            case "strided_slice" -> slice(args, in, out);
            case "avgpool2d", "maxpool2d" -> pool(name, args, in, out, sameDiffOp);
            case "upsampling2d" -> {
                require(args[0] == 2 && args[1] == 2 && args[2] == 1, sameDiffOp);
                Value x = in.get(0);
                emit(new Op.UpsampleNearest(), in, out, x.size(0), x.size(1), 2L * x.size(2), 2L * x.size(3));
            }
            case "conv2d" -> convolution(args, in, out, sameDiffOp);
            case "deconv2d" -> transposedConvolution(args, in, out, sameDiffOp);
            default -> throw new UnsupportedGraphException("op '%s' (%s)".formatted(name, sameDiffOp.getName()));
        }
    }

    private static void require(boolean holds, SameDiffOp op) {
        if (!holds) {
            throw new UnsupportedGraphException(
                    "op '%s' (%s) with these arguments".formatted(op.getOp().opName(), op.getName()));
        }
    }

    private static double scalar(SameDiffOp op) {
        return ((ScalarOp) op.getOp()).scalar().getDouble(0);
    }

    private void unary(Op.Unary.Kind kind, double scalar, List<Value> in, String out) {
        emit(new Op.Unary(kind, scalar), in.subList(0, 1), out, in.get(0).shape());
    }

    private void binary(Op.Binary.Kind kind, List<Value> in, String out) {
        long[] a = in.get(0).shape();
        long[] b = in.get(1).shape();
        long[] shape = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= shape.length; i++) {
            long left = i <= a.length ? a[a.length - i] : 1;
            long right = i <= b.length ? b[b.length - i] : 1;
            shape[shape.length - i] = Math.max(left, right);
        }
        emit(new Op.Binary(kind), in, out, shape);
    }

    private static long[] reshaped(Value x, long[] args, SameDiffOp op) {
        require(args.length > 0, op);
        // The first argument is the order, -99 for c.
        require(args[0] == -99 || args[0] > 0, op);
        long[] shape = args[0] == -99 ? Arrays.copyOfRange(args, 1, args.length) : args.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                open = i;
            } else {
                known *= shape[i];
            }
        }
        if (open >= 0) {
            shape[open] = x.length() / known;
        }
        require(Arrays.stream(shape).reduce(1, (a, b) -> a * b) == x.length(), op);
        return shape;
    }

    private void range(String out, SameDiffOp op) {
        require(op.getOp() instanceof DynamicCustomOp custom && custom.tArgs().length == 3, op);
        double[] bounds = ((DynamicCustomOp) op.getOp()).tArgs(); // from, to, step
        long length = (long) Math.ceil((bounds[1] - bounds[0]) / bounds[2]);
        DataType type = graph.getVariable(out).dataType();
        INDArray numbers = Nd4j.arange((double) length)
                .castTo(DataType.DOUBLE)
                .muli(bounds[2])
                .addi(bounds[0])
                .castTo(type);
        values.put(out, new Value(out, new long[] {length}, type, numbers));
    }

    private void mean(SameDiffOp op, List<Value> in, String out) {
        BaseOp base = (BaseOp) op.getOp();
        int[] dimensions = base.dimensions().toIntVector();
        long[] shape = in.get(0).shape();
        for (int dimension : dimensions) {
            shape[dimension] = 1;
        }
        require(((ReduceOp) base).isKeepDims(), op);
        emit(new Op.Mean(dimensions), in.subList(0, 1), out, shape);
    }

    private void product(long[] args, List<Value> in, String out) {
        boolean transposeA = args.length > 0 && args[0] == 1;
        boolean transposeB = args.length > 1 && args[1] == 1;
        long[] shape = in.get(0).shape();
        int rank = shape.length;
        shape[rank - 2] = in.get(0).size(transposeA ? rank - 1 : rank - 2);
        shape[rank - 1] = in.get(1).size(transposeB ? rank - 2 : rank - 1);
        emit(new Op.MatrixProduct(transposeA, transposeB), in, out, shape);
    }

    private void concat(int axis, List<Value> in, String out) {
        long[] shape = in.get(0).shape();
        int dimension = axis < 0 ? axis + shape.length : axis;
        shape[dimension] = in.stream().mapToLong(value -> value.size(dimension)).sum();
        emit(new Op.Concat(dimension), in, out, shape);
    }

    private void split(SameDiffOp op, int parts, int axis, List<Value> in) {
        Value x = in.get(0);
        long[] shape = x.shape();
        shape[axis] /= parts;
        for (int part = 0; part < parts; part++) {
            long[] begin = new long[shape.length];
            begin[axis] = part * shape[axis];
            emit(new Op.Slice(begin), List.of(x), op.getOutputsOfOp().get(part), shape);
        }
    }

    private void pad(List<Value> in, String out) {
        INDArray amounts = in.get(1).parameter();
        long[] shape = in.get(0).shape();
        int[] front = new int[shape.length];
        for (int i = 0; i < shape.length; i++) {
            front[i] = amounts.getInt(i, 0);
            shape[i] += amounts.getInt(i, 0) + amounts.getInt(i, 1);
        }
        emit(new Op.Pad(front), in.subList(0, 1), out, shape);
    }

    /** Arguments: five masks, then begin, end and stride of each dimension; a set bit means from the start or to the end. */
    private void slice(long[] args, List<Value> in, String out) {
        Value x = in.get(0);
        int rank = x.rank();
        long[] begin = new long[rank];
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            begin[i] = (args[0] >> i & 1) == 1 ? 0 : args[5 + i];
            long end = (args[2] >> i & 1) == 1 ? x.size(i) : args[5 + rank + i];
            shape[i] = end - begin[i];
        }
        emit(new Op.Slice(begin), List.of(x), out, shape);
    }

    private void pool(String name, long[] args, List<Value> in, String out, SameDiffOp op) {
        require(Arrays.equals(Arrays.copyOf(args, 6), new long[] {2, 2, 2, 2, 0, 0}), op);
        Value x = in.get(0);
        emit(new Op.Pool(name.equals("maxpool2d")), in, out, x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2);
    }

    /** Arguments: kernel, stride, padding, dilation (height and width each), same mode, channels last, weights' layout. */
    private void convolution(long[] args, List<Value> in, String out, SameDiffOp op) {
        require(args[2] == args[3] && args[6] == 1 && args[7] == 1 && args[8] == 0 && args[9] == 0, op);
        require(args.length < 11 || args[10] == 0, op);
        Value x = in.get(0);
        int stride = (int) args[2];
        int top = (int) args[4];
        int left = (int) args[5];
        emit(
                new Op.Convolution(stride, top, left, top, left, false),
                in,
                out,
                x.size(0),
                in.get(1).size(3),
                (x.size(2) + 2L * top - args[0]) / stride + 1,
                (x.size(3) + 2L * left - args[1]) / stride + 1);
    }

    private void transposedConvolution(long[] args, List<Value> in, String out, SameDiffOp op) {
        require(args[2] == args[3] && args[4] == args[5] && args[6] == 1 && args[7] == 1 && args[8] == 0, op);
        require(args[9] == 0 && in.size() == 2, op);
        Value x = in.get(0);
        emit(
                new Op.TransposedConvolution((int) args[2], (int) args[4], false),
                in,
                out,
                x.size(0),
                in.get(1).size(2),
                (x.size(2) - 1) * args[2] - 2 * args[4] + args[0],
                (x.size(3) - 1) * args[2] - 2 * args[4] + args[1]);
    }
}
