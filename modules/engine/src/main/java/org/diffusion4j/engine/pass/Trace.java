package org.diffusion4j.engine.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.GraphReader;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads a SameDiff graph: the ops that its output needs, in order, with every shape for one batch size. */
public final class Trace {
    /** Float32 is computed in, the others take their way by plain loops. */
    private static final Set<DataType> TYPES =
            EnumSet.of(DataType.FLOAT, DataType.DOUBLE, DataType.INT32, DataType.INT64, DataType.BOOL);

    private final GraphReader graph;
    private final Function<SDVariable, INDArray> contents;
    private final long batch;
    private final Map<String, Value> values = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private Trace(SameDiff graph, Function<SDVariable, INDArray> contents, long batch) {
        this.graph = new GraphReader(graph);
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
     * @throws UnsupportedGraphException if there is an op, or an argument of one, that isn't known; the message names it
     */
    public static Result of(SameDiff graph, Function<SDVariable, INDArray> contents, String output, long batch) {
        Trace trace = new Trace(graph, contents, batch);
        trace.graph.needed(List.of(output)).forEach(trace::add);
        Map<String, Value> inputs = new HashMap<>();
        for (String name : trace.graph.placeholders()) {
            inputs.put(name, trace.value(name));
        }
        Value result = trace.value(output);
        require(result.producer() != null, output, "an op that makes it", "none");
        require(result.dataType() == DataType.FLOAT, output, "type FLOAT", result.dataType());
        return new Result(trace.nodes, inputs, result);
    }

    private Value value(String name) {
        Value known = values.get(name);
        if (known == null) {
            known = given(name);
            values.put(name, known);
        }
        return known;
    }

    /** A placeholder, variable or constant. */
    private Value given(String name) {
        SDVariable variable = graph.variable(name);
        require(TYPES.contains(variable.dataType()), name, "one of the types " + TYPES, variable.dataType());
        if (graph.isPlaceholder(name)) {
            return new Value(name, placeholderShape(variable), variable.dataType(), null);
        }
        INDArray array = graph.isParameter(name) ? contents.apply(variable) : null;
        require(array != null && !array.isEmpty(), name, "an op that makes it, or elements", array);
        return new Value(name, array.shape(), array.dataType(), array);
    }

    private long[] placeholderShape(SDVariable placeholder) {
        long[] shape = placeholder.getShape();
        boolean fits = shape != null && shape.length > 0 && shape[0] < 0;
        for (int i = 1; fits && i < shape.length; i++) {
            fits = shape[i] > 0;
        }
        require(fits, placeholder.name(), "the batch in front and the other dimensions known", Arrays.toString(shape));
        long[] known = shape.clone();
        known[0] = batch;
        return known;
    }

    private static void require(boolean holds, String variable, String expected, Object found) {
        if (!holds) {
            throw new UnsupportedGraphException(
                    String.format(Locale.ROOT, "variable '%s': expected %s, found %s", variable, expected, found));
        }
    }

    private void emit(Op op, List<Value> inputs, String output, long... shape) {
        DataType type = graph.variable(output).dataType();
        require(TYPES.contains(type), output, "one of the types " + TYPES, type);
        require(LongStream.of(shape).allMatch(size -> size > 0), output, "elements", Arrays.toString(shape));
        emit(op, inputs, new Value(output, shape, type, null));
    }

    private void emit(Op op, List<Value> inputs, Value value) {
        values.put(value.name(), value);
        nodes.add(new Node(op, inputs, value));
    }

    private void add(SourceOp op) {
        List<Value> in = op.operands().stream().map(this::value).toList();
        String out = op.result();
        switch (op.kind()) {
            case "reshape" -> {
                requireOperands(1, in, op);
                emit(new Op.Reshape(), in, out, reshaped(in.get(0), op));
            }
            case "permute" -> permute(op, in, out);
            case "add" -> binary(Op.Binary.Kind.ADD, op, in, out);
            case "subtract" -> binary(Op.Binary.Kind.SUBTRACT, op, in, out);
            case "multiply" -> binary(Op.Binary.Kind.MULTIPLY, op, in, out);
            case "divide" -> binary(Op.Binary.Kind.DIVIDE, op, in, out);
            case "biasadd" -> bias(op, in, out);
            case "add_scalar" -> unary(Op.Unary.Kind.ADD, op.scalar(), op, in, out);
            case "sub_scalar" -> unary(Op.Unary.Kind.ADD, -op.scalar(), op, in, out);
            case "mul_scalar" -> unary(Op.Unary.Kind.MULTIPLY, op.scalar(), op, in, out);
            case "div_scalar" -> unary(Op.Unary.Kind.DIVIDE, op.scalar(), op, in, out);
            case "cast" -> cast(op, in, out);
            case "sigmoid" -> unary(Op.Unary.Kind.SIGMOID, 0, op, in, out);
            case "relu" -> {
                op.require(op.scalar() == 0, "a cutoff of 0", op.scalar());
                unary(Op.Unary.Kind.RELU, 0, op, in, out);
            }
            case "tanh" -> unary(Op.Unary.Kind.TANH, 0, op, in, out);
            case "erf" -> unary(Op.Unary.Kind.ERF, 0, op, in, out);
            case "softplus" -> unary(Op.Unary.Kind.SOFTPLUS, 0, op, in, out);
            case "square" -> unary(Op.Unary.Kind.SQUARE, 0, op, in, out);
            case "sqrt" -> unary(Op.Unary.Kind.SQRT, 0, op, in, out);
            case "sin" -> unary(Op.Unary.Kind.SIN, 0, op, in, out);
            case "cos" -> unary(Op.Unary.Kind.COS, 0, op, in, out);
            case "log" -> unary(Op.Unary.Kind.LOG, 0, op, in, out);
            case "floor" -> unary(Op.Unary.Kind.FLOOR, 0, op, in, out);
            case "greaterthanorequal_scalar" -> {
                requireOperands(1, in, op);
                emit(
                        new Op.Unary(Op.Unary.Kind.AT_LEAST, op.scalar()),
                        in,
                        out,
                        in.get(0).shape());
            }
            case "range" -> range(op, in, out);
            case "reduce_mean" -> mean(op, in, out);
            case "softmax" -> {
                requireOperands(1, in, op);
                int rank = in.get(0).rank();
                long dimension = op.integers(1, "one dimension")[0];
                op.require(op.axis(dimension, rank) == rank - 1, "the last dimension of " + rank, dimension);
                emit(new Op.Softmax(), in, out, in.get(0).shape());
            }
            case "matmul" -> product(op, in, out);
            case "concat" -> concat(op, in, out);
            case "split" -> split(op, in);
            case "tile" -> tile(op, in, out);
            case "onehot" -> oneHot(op, in, out);
            case "pad" -> pad(op, in, out);
            case "strided_slice" -> slice(op, in, out);
            case "avgpool2d", "maxpool2d" -> pool(op, in, out);
            case "upsampling2d" -> upsample(op, in, out);
            case "conv2d" -> convolution(op, in, out);
            case "deconv2d" -> transposedConvolution(op, in, out);
            default ->
                throw new UnsupportedGraphException(String.format(Locale.ROOT, "op '%s' (%s)", op.kind(), op.name()));
        }
    }

    private static void requireOperands(int count, List<Value> in, SourceOp op) {
        op.require(in.size() == count, "operands: " + count, in);
    }

    /** What one element is computed from is a number with a fraction: whole ones overflow and are cut off otherwise. */
    private void requireFractions(String out, SourceOp op) {
        DataType type = graph.variable(out).dataType();
        op.require(type.isFPType(), "a result in floating point", type);
    }

    // Element by element ---------------------------------------------------------------------------------------------

    private void unary(Op.Unary.Kind kind, double scalar, SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        requireFractions(out, op);
        emit(new Op.Unary(kind, scalar), in, out, in.get(0).shape());
    }

    /** A fraction is cut off as it becomes a whole number. */
    private void cast(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        DataType from = in.get(0).dataType();
        DataType to = graph.variable(out).dataType();
        op.require(to != DataType.BOOL || from == to, "numbers", to);
        op.require(to != DataType.INT32 || from != DataType.INT64, "a type that has all numbers of " + from, to);
        boolean cut = to.isIntType() && from.isFPType();
        emit(
                new Op.Unary(cut ? Op.Unary.Kind.TRUNCATE : Op.Unary.Kind.CAST, 0),
                in,
                out,
                in.get(0).shape());
    }

    private void binary(Op.Binary.Kind kind, SourceOp op, List<Value> in, String out) {
        requireOperands(2, in, op);
        requireFractions(out, op);
        Value a = in.get(0);
        Value b = in.get(1);
        op.require(a.dataType() == b.dataType(), "operands of one type", List.of(a.dataType(), b.dataType()));
        long[] shape = new long[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= shape.length; i++) {
            long left = i <= a.rank() ? a.size(a.rank() - i) : 1;
            long right = i <= b.rank() ? b.size(b.rank() - i) : 1;
            op.require(left == right || left == 1 || right == 1, "shapes that can be broadcast", in);
            shape[shape.length - i] = Math.max(left, right);
        }
        emit(new Op.Binary(kind), in, out, shape);
    }

    /** One flag: whether the channels are behind the batch, else they are last. */
    private void bias(SourceOp op, List<Value> in, String out) {
        requireOperands(2, in, op);
        op.require(op.flags().length == 1, "one flag", op.flags());
        Value x = in.get(0);
        Value bias = in.get(1);
        op.require(x.rank() > 1, "channels", x);
        int channel = op.flags()[0] ? 1 : x.rank() - 1;
        op.require(bias.rank() == 1 && bias.size(0) == x.size(channel), "a bias for each channel of " + x, bias);
        long[] shape = new long[x.rank()];
        Arrays.fill(shape, 1);
        shape[channel] = bias.size(0);
        Value channels;
        if (bias.parameter() == null) {
            channels = new Value(out + ":bias", shape, bias.dataType(), null);
            emit(new Op.Reshape(), List.of(bias), channels);
        } else {
            channels = new Value(bias.name(), shape, bias.dataType(), bias.parameter());
        }
        binary(Op.Binary.Kind.ADD, op, List.of(x, channels), out);
    }

    // Shapes and parts -----------------------------------------------------------------------------------------------

    private static long[] reshaped(Value x, SourceOp op) {
        long[] arguments = op.integers();
        op.require(arguments.length > 0, "a shape by arguments", arguments);
        // The first argument is the order, -99 for c.
        op.require(arguments[0] == -99 || arguments[0] > 0, "rows first", arguments);
        long[] shape = arguments[0] == -99 ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == -1 && open < 0) {
                open = i;
            } else {
                op.require(shape[i] > 0, "sizes, one of them perhaps -1", shape);
                known *= shape[i];
            }
        }
        op.require(
                open < 0 ? known == x.length() : x.length() % known == 0, "a shape of as many elements as " + x, shape);
        if (open >= 0) {
            shape[open] = x.length() / known;
        }
        return shape;
    }

    private void permute(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value x = in.get(0);
        long[] arguments = op.integers(x.rank(), "a dimension for each of " + x);
        int[] order = Arrays.stream(arguments).mapToInt(i -> (int) i).toArray();
        boolean once = Arrays.equals(
                IntStream.of(order).sorted().toArray(),
                IntStream.range(0, x.rank()).toArray());
        op.require(once, "each dimension once, from 0", order);
        emit(
                new Op.Permute(order),
                in,
                out,
                IntStream.of(order).mapToLong(x::size).toArray());
    }

    private void concat(SourceOp op, List<Value> in, String out) {
        // A flag says that the dimension is the last operand.
        op.require(op.flags().length == 0 || !op.flags()[0], "the dimension by argument", op.flags());
        int rank = in.get(0).rank();
        int axis = op.axis(op.integers(1, "one dimension")[0], rank);
        long[] shape = in.get(0).shape();
        shape[axis] = 0;
        for (Value part : in) {
            op.require(part.rank() == rank && part.dataType() == in.get(0).dataType(), "operands alike", in);
            for (int i = 0; i < rank; i++) {
                op.require(i == axis || part.size(i) == shape[i], "operands that fit", in);
            }
            shape[axis] += part.size(axis);
        }
        emit(new Op.Concat(axis), in, out, shape);
    }

    private void split(SourceOp op, List<Value> in) {
        requireOperands(1, in, op);
        long[] arguments = op.integers(2, "a number of parts and a dimension");
        Value x = in.get(0);
        long parts = arguments[0];
        int axis = op.axis(arguments[1], x.rank());
        long[] shape = x.shape();
        op.require(parts > 0 && shape[axis] % parts == 0, "equal parts of " + x, arguments);
        op.require(op.results().size() == parts, "results: " + parts, op.results());
        shape[axis] /= parts;
        for (int part = 0; part < parts; part++) {
            long[] begin = new long[shape.length];
            begin[axis] = part * shape[axis];
            emit(new Op.Slice(begin), in, op.results().get(part), shape);
        }
    }

    private void tile(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value x = in.get(0);
        long[] times = op.integers(x.rank(), "a number for each dimension of " + x);
        long[] shape = x.shape();
        for (int i = 0; i < times.length; i++) {
            op.require(times[i] == 1 || (times[i] > 0 && shape[i] == 1), "dimensions of one element of " + x, times);
            shape[i] *= times[i];
        }
        emit(new Op.Tile(Arrays.stream(times).mapToInt(i -> (int) i).toArray()), in, out, shape);
    }

    /** Arguments: the new dimension and its size; the numbers at the index and elsewhere. */
    private void oneHot(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value indices = in.get(0);
        long[] arguments = op.integers(2, "a dimension and a depth");
        op.require(indices.dataType().isIntType(), "whole numbers", indices.dataType());
        op.require(arguments[0] == -1 || arguments[0] == indices.rank(), "a last dimension", arguments[0]);
        op.require(Arrays.equals(op.numbers(), new double[] {1, 0}), "ones and zeros", op.numbers());
        long[] shape = Arrays.copyOf(indices.shape(), indices.rank() + 1);
        shape[indices.rank()] = arguments[1];
        emit(new Op.OneHot(), in, out, shape);
    }

    /** Arguments: the mode, 0 for a constant, and that. */
    private void pad(SourceOp op, List<Value> in, String out) {
        requireOperands(2, in, op);
        op.require(op.integers(1, "a mode")[0] == 0, "the constant mode", op.integers());
        op.require(Arrays.stream(op.numbers()).allMatch(value -> value == 0), "zeros", op.numbers());
        INDArray amounts = in.get(1).parameter();
        long[] shape = in.get(0).shape();
        boolean constant = amounts != null && Arrays.equals(amounts.shape(), new long[] {shape.length, 2});
        op.require(constant, "two constant amounts for each dimension of " + in.get(0), in.get(1));
        int[] front = new int[shape.length];
        for (int i = 0; i < shape.length; i++) {
            front[i] = amounts.getInt(i, 0);
            int behind = amounts.getInt(i, 1);
            op.require(front[i] >= 0 && behind >= 0, "amounts of at least 0", amounts);
            shape[i] += front[i] + behind;
        }
        emit(new Op.Pad(front), in.subList(0, 1), out, shape);
    }

    /**
     * Arguments: five masks, then begin, end and stride of each dimension. A bit of the first or third mask means from the
     * start or to the end, those of the others change the number of dimensions.
     */
    private void slice(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value x = in.get(0);
        int rank = x.rank();
        long[] arguments = op.integers(5 + 3 * rank, "a range for each dimension of " + x);
        op.require(arguments[1] == 0 && arguments[3] == 0 && arguments[4] == 0, "dimensions that stay", arguments);
        long[] begin = new long[rank];
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            op.require(arguments[5 + 2 * rank + i] == 1, "strides of 1", arguments);
            begin[i] = (arguments[0] >> i & 1) == 1 ? 0 : index(arguments[5 + i], x.size(i));
            long end = (arguments[2] >> i & 1) == 1 ? x.size(i) : index(arguments[5 + rank + i], x.size(i));
            op.require(0 <= begin[i] && begin[i] < end && end <= x.size(i), "ranges within " + x, arguments);
            shape[i] = end - begin[i];
        }
        emit(new Op.Slice(begin), in, out, shape);
    }

    /** Below 0 it counts from the end. */
    private static long index(long given, long size) {
        return given < 0 ? given + size : given;
    }

    // Numbers of their own, sums -------------------------------------------------------------------------------------

    private void range(SourceOp op, List<Value> in, String out) {
        requireOperands(0, in, op);
        double[] bounds = op.numbers(); // from, to, step
        op.require(bounds.length == 3, "from, to and step by arguments", bounds);
        DataType type = graph.variable(out).dataType();
        boolean whole = Arrays.stream(bounds).allMatch(bound -> bound == Math.rint(bound));
        op.require(type.isFPType() || whole, "whole numbers for " + type, bounds);
        double length = Math.ceil((bounds[1] - bounds[0]) / bounds[2]);
        op.require(length >= 1 && length <= Integer.MAX_VALUE, "elements", bounds);
        INDArray numbers = Nd4j.createFromArray(IntStream.range(0, (int) length)
                        .mapToDouble(i -> bounds[0] + i * bounds[2])
                        .toArray())
                .castTo(type);
        values.put(out, new Value(out, numbers.shape(), type, numbers));
    }

    private void mean(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        requireFractions(out, op);
        op.require(op.keepsDimensions(), "dimensions that stay", "none");
        long[] shape = in.get(0).shape();
        int[] dimensions = op.dimensions(shape.length);
        for (int dimension : dimensions) {
            shape[dimension] = 1;
        }
        emit(new Op.Mean(dimensions), in, out, shape);
    }

    /** Arguments: which of the operands and the result are transposed; factors of the product and of what was there. */
    private void product(SourceOp op, List<Value> in, String out) {
        requireOperands(2, in, op);
        long[] transposed = Arrays.copyOf(op.integers(), 3);
        op.require(op.integers().length <= 3 && transposed[2] == 0, "a result that isn't transposed", op.integers());
        double[] factors = op.numbers();
        boolean plain = factors.length == 0 || Arrays.equals(factors, new double[] {1, 0});
        op.require(plain, "factors of 1 and 0", factors);
        Value a = in.get(0);
        Value b = in.get(1);
        int rank = a.rank();
        op.require(rank >= 2 && b.rank() == rank, "operands of one rank, at least 2", in);
        boolean fits =
                a.size(transposed[0] == 0 ? rank - 1 : rank - 2) == b.size(transposed[1] == 0 ? rank - 2 : rank - 1);
        for (int i = 0; i < rank - 2; i++) {
            fits &= a.size(i) == b.size(i);
        }
        op.require(fits, "operands that fit", in);
        long[] shape = a.shape();
        shape[rank - 2] = a.size(transposed[0] == 0 ? rank - 2 : rank - 1);
        shape[rank - 1] = b.size(transposed[1] == 0 ? rank - 1 : rank - 2);
        emit(new Op.MatrixProduct(transposed[0] != 0, transposed[1] != 0), in, out, shape);
    }

    // Images ---------------------------------------------------------------------------------------------------------

    private static void requireImages(Value x, SourceOp op) {
        op.require(x.rank() == 4, "images [N, C, H, W]", x);
    }

    /** Arguments: kernel, stride, padding, dilation (height and width each), same mode, divisor, channels last. */
    private void pool(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value x = in.get(0);
        requireImages(x, op);
        long[] arguments = op.integers(11, "a kernel, its place and a layout");
        boolean halves = Arrays.equals(Arrays.copyOf(arguments, 8), new long[] {2, 2, 2, 2, 0, 0, 1, 1});
        op.require(halves, "2×2 with strides of 2, neither padding nor dilation", arguments);
        op.require(arguments[8] == 0, "explicit padding", arguments);
        op.require(arguments[10] == 0, "channels first", arguments);
        Op pool = new Op.Pool(op.kind().equals("maxpool2d"));
        emit(pool, in, out, x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2);
    }

    private void upsample(SourceOp op, List<Value> in, String out) {
        requireOperands(1, in, op);
        Value x = in.get(0);
        requireImages(x, op);
        long[] arguments = op.integers(3, "two factors and a layout");
        op.require(arguments[0] == 2 && arguments[1] == 2, "factors of 2", arguments);
        op.require(arguments[2] != 0, "channels first", arguments);
        emit(new Op.UpsampleNearest(), in, out, x.size(0), x.size(1), 2L * x.size(2), 2L * x.size(3));
    }

    /**
     * Arguments: kernel, stride, padding, dilation (height and width each), same mode, channels last, weights' layout.
     *
     * @param in dimension of the weight [kH, kW, ...] that has the operand's channels
     * @param out dimension that has the result's
     */
    private static long[] geometry(SourceOp op, List<Value> operands, int in, int out) {
        Value x = operands.get(0);
        Value weight = operands.get(1);
        requireImages(x, op);
        long[] arguments = op.integers();
        op.require(arguments.length == 10 || arguments.length == 11, "a kernel, its place and layouts", arguments);
        op.require(arguments[2] == arguments[3] && arguments[2] > 0, "one stride", arguments);
        op.require(arguments[4] >= 0 && arguments[5] >= 0, "padding of at least 0", arguments);
        op.require(arguments[6] == 1 && arguments[7] == 1, "no dilation", arguments);
        op.require(arguments[8] == 0, "explicit padding", arguments);
        op.require(arguments[9] == 0, "channels first", arguments);
        op.require(arguments.length == 10 || arguments[10] == 0, "weights that begin with the kernel", arguments);
        op.require(weight.rank() == 4 && weight.size(in) == x.size(1), "weights for the channels of " + x, weight);
        boolean kernel = arguments[0] == weight.size(0) && arguments[1] == weight.size(1);
        op.require(kernel, "the kernel of " + weight, arguments);
        if (operands.size() > 2) {
            Value bias = operands.get(2);
            boolean fits = bias.rank() == 1 && bias.size(0) == weight.size(out);
            op.require(fits, "a bias for each channel of the result", bias);
        }
        return arguments;
    }

    private void convolution(SourceOp op, List<Value> in, String out) {
        op.require(in.size() == 2 || in.size() == 3, "operands: 2 or 3", in);
        long[] arguments = geometry(op, in, 2, 3);
        Value x = in.get(0);
        int stride = (int) arguments[2];
        int top = (int) arguments[4];
        int left = (int) arguments[5];
        long rows = x.size(2) + 2L * top - arguments[0];
        long columns = x.size(3) + 2L * left - arguments[1];
        op.require(rows >= 0 && columns >= 0, "a kernel that fits into " + x, arguments);
        Op convolution = new Op.Convolution(stride, top, left, top, left, false);
        emit(convolution, in, out, x.size(0), in.get(1).size(3), rows / stride + 1, columns / stride + 1);
    }

    private void transposedConvolution(SourceOp op, List<Value> in, String out) {
        requireOperands(2, in, op);
        long[] arguments = geometry(op, in, 3, 2);
        op.require(arguments[4] == arguments[5], "one padding", arguments);
        Value x = in.get(0);
        emit(
                new Op.TransposedConvolution((int) arguments[2], (int) arguments[4], false),
                in,
                out,
                x.size(0),
                in.get(1).size(2),
                (x.size(2) - 1) * arguments[2] - 2 * arguments[4] + arguments[0],
                (x.size(3) - 1) * arguments[2] - 2 * arguments[4] + arguments[1]);
    }
}
