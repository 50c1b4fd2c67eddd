package org.diffusion4j.weights.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.onnx.OnnxModel.Attribute;
import org.diffusion4j.weights.tensor.TensorType;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Translates SameDiff's ops to ONNX's one by one, in the order in which they run. If ONNX has one op for several of
 * SameDiff's (a norm, a convolution with its bias and padding, or a linear layer), the last of them is written as that op
 * with the operands of the first; the ops between are then not needed and left out.
 */
final class OnnxTranslation {
    private final OnnxScope scope;
    private final OnnxProducts products;
    private final OnnxNorms norms;
    private final OnnxConvolutions convolutions;

    private OnnxTranslation(OnnxScope scope) {
        this.scope = scope;
        this.products = new OnnxProducts(scope);
        this.norms = new OnnxNorms(scope);
        this.convolutions = new OnnxConvolutions(scope);
    }

    /**
     * Translates what outputs need.
     *
     * @param graph a graph whose placeholders have known dimensions, except for the first, which is the batch
     * @param outputs the names of the outputs, at least one
     * @return a model that computes the same
     * @throws Diffusion4jException if an op has no translation; the message names it
     */
    static OnnxModel of(SameDiff graph, List<String> outputs) {
        OnnxScope scope = new OnnxScope(graph);
        OnnxTranslation translation = new OnnxTranslation(scope);
        // A network takes all of its inputs, even one that it doesn't use.
        Stream.of(UNetGraph.SAMPLE, UNetGraph.TIMESTEP, UNetGraph.CLASS_LABELS, UNetGraph.CONTEXT)
                .filter(scope::isPlaceholder)
                .forEach(scope::value);
        try {
            for (SourceOp op : scope.needed(outputs)) {
                translation.add(op);
            }
        } catch (UnsupportedGraphException e) {
            throw new Diffusion4jException("ONNX: " + FileFault.oneLine(e.getMessage()), e);
        }
        return scope.builder()
                .build(outputs.stream()
                        .map(output -> new OnnxModel.Port(output, scope.type(output), scope.shape(output)))
                        .toList());
    }

    private void add(SourceOp op) {
        try {
            translate(op);
        } catch (IllegalArgumentException e) {
            throw OnnxScope.fault(op, e);
        }
    }

    private void translate(SourceOp op) {
        switch (op.kind()) {
            case "reshape" -> reshape(op);
            case "permute" -> permute(op);
            case "add" -> {
                if (!products.linear(op) && !norms.layerNorm(op) && !norms.batchNorm(op)) {
                    binary(op, "Add");
                }
            }
            case "subtract" -> binary(op, "Sub");
            case "multiply" -> {
                if (!norms.layerNorm(op) && !gelu(op)) {
                    binary(op, "Mul");
                }
            }
            case "divide" -> {
                if (!norms.instanceNorm(op)) {
                    binary(op, "Div");
                }
            }
            case "biasadd" -> convolutions.biasAdd(op);
            case "add_scalar" -> withScalar(op, "Add");
            case "sub_scalar" -> withScalar(op, "Sub");
            case "mul_scalar" -> withScalar(op, "Mul");
            case "div_scalar" -> withScalar(op, "Div");
            case "cast" -> unary(op, "Cast", new Attribute.Int("to", OnnxModel.elementType(scope.type(op.result()))));
            case "relu" -> {
                op.require(op.scalar() == 0, "a cutoff of 0", op.scalar());
                unary(op, "Relu");
            }
            case "sigmoid", "tanh", "erf", "softplus", "sqrt", "sin", "cos", "log" -> unary(op, capitalized(op.kind()));
            case "square" -> square(op);
            case "reduce_mean" -> mean(op);
            case "softmax" -> {
                op.require(op.integers().length == 1, "one dimension", op.integers());
                unary(op, "Softmax", new Attribute.Int("axis", op.integers()[0]));
            }
            case "matmul" -> products.product(op);
            case "onehot" -> products.oneHot(op);
            case "gather" -> products.gather(op);
            case "concat" -> concat(op);
            case "split" -> split(op);
            case "tile" -> tile(op);
            case "pad" -> convolutions.pad(op);
            case "strided_slice" -> {
                if (!convolutions.cutConvolution(op)) {
                    slice(op);
                }
            }
            case "avgpool2d" -> pool(op, "AveragePool");
            case "maxpool2d" -> pool(op, "MaxPool");
            case "upsampling2d" -> upsample(op);
            case "conv2d" -> convolutions.convolution(op);
            case "deconv2d" -> convolutions.transposedConvolution(op);
            default -> throw new IllegalArgumentException("expected one that has a translation");
        }
    }

    // Element by element ---------------------------------------------------------------------------------------------

    private void unary(SourceOp op, String onnxOp, Attribute... attributes) {
        String x = op.operand(0);
        scope.emit(op, scope.shape(x), onnxOp, List.of(scope.value(x)), attributes);
    }

    /** ONNX's name of what both call the same. */
    private static String capitalized(String kind) {
        return kind.substring(0, 1).toUpperCase(Locale.ROOT) + kind.substring(1);
    }

    private void square(SourceOp op) {
        String x = scope.value(op.operand(0));
        scope.emit(op, scope.shape(x), "Mul", List.of(x, x));
    }

    private void withScalar(SourceOp op, String onnxOp) {
        String x = op.operand(0);
        String scalar = scope.builder().scalar(scope.type(x), op.scalar());
        scope.emit(op, scope.shape(x), onnxOp, List.of(scope.value(x), scalar));
    }

    private void binary(SourceOp op, String onnxOp) {
        long[] shape = BatchShape.broadcast(scope.shape(op.operand(0)), scope.shape(op.operand(1)));
        scope.emit(op, shape, onnxOp, scope.values(op.operands()));
    }

    /** x·(½·(erf(√½·x) + 1)), written in the order of PyTorch's exporter, which runtimes recognise. */
    private boolean gelu(SourceOp op) {
        String x = op.operand(0);
        List<SourceOp> cdf = scope.chain(op.operand(1), "mul_scalar", "add_scalar", "erf", "mul_scalar");
        if (cdf.isEmpty()
                || !cdf.get(3).operand(0).equals(x)
                || cdf.get(0).scalar() != 0.5
                || cdf.get(1).scalar() != 1
                || Math.abs(cdf.get(3).scalar() - Math.sqrt(0.5)) > 1e-7) {
            return false;
        }
        TensorType type = scope.type(x);
        OnnxBuilder builder = scope.builder();
        String scaled = builder.node("Div", List.of(scope.value(x), builder.scalar(type, Math.sqrt(2))));
        String plusOne = builder.node("Add", List.of(builder.node("Erf", List.of(scaled)), builder.scalar(type, 1)));
        String twice = builder.node("Mul", List.of(x, plusOne));
        scope.emit(op, scope.shape(x), "Mul", List.of(twice, builder.scalar(type, 0.5)));
        return true;
    }

    // Shapes and parts -----------------------------------------------------------------------------------------------

    private void reshape(SourceOp op) {
        long[] arguments = op.integers();
        op.require(arguments.length > 0 && op.operands().size() == 1, "a shape by arguments", arguments);
        // The first argument is the order of the elements: -99 stands for c.
        op.require(arguments[0] == -99, "rows first", arguments);
        long[] to = Arrays.copyOfRange(arguments, 1, arguments.length);
        String x = op.operand(0);
        long[] shape = BatchShape.reshaped(scope.shape(x), to);
        for (SourceOp before = scope.made(x, "reshape"); before != null; before = scope.made(x, "reshape")) {
            x = before.operand(0);
        }
        scope.emit(op, shape, "Reshape", List.of(scope.value(x), scope.builder().longs(to)));
    }

    private void permute(SourceOp op) {
        long[] order = op.integers();
        long[] from = scope.shape(op.operand(0));
        scope.emit(
                op,
                Arrays.stream(order).map(i -> from[(int) i]).toArray(),
                "Transpose",
                List.of(scope.value(op.operand(0))),
                new Attribute.Ints("perm", order));
    }

    private void mean(SourceOp op) {
        op.require(op.keepsDimensions(), "dimensions that stay", "none");
        long[] shape = scope.shape(op.operand(0));
        int[] dimensions = op.dimensions(shape.length);
        for (int dimension : dimensions) {
            shape[dimension] = 1;
        }
        scope.emit(
                op,
                shape,
                "ReduceMean",
                List.of(scope.value(op.operand(0))),
                new Attribute.Ints(
                        "axes", IntStream.of(dimensions).asLongStream().toArray()));
    }

    private void concat(SourceOp op) {
        op.require(op.integers().length == 1, "one dimension", op.integers());
        long[] shape = scope.shape(op.operand(0));
        int axis = Math.floorMod((int) op.integers()[0], shape.length);
        shape[axis] = op.operands().stream()
                .mapToLong(operand -> scope.shape(operand)[axis])
                .sum();
        scope.emit(op, shape, "Concat", scope.values(op.operands()), new Attribute.Int("axis", axis));
    }

    private void split(SourceOp op) {
        long[] arguments = op.integers();
        op.require(arguments.length == 2 && op.operands().size() == 1, "a number of parts and a dimension", arguments);
        long[] shape = scope.shape(op.operand(0));
        int axis = Math.floorMod((int) arguments[1], shape.length);
        op.require(shape[axis] % arguments[0] == 0 && op.results().size() == arguments[0], "equal parts", arguments);
        shape[axis] /= arguments[0];
        op.results().forEach(part -> scope.setShape(part, shape));
        scope.builder().node("Split", scope.values(op.operands()), op.results(), new Attribute.Int("axis", axis));
    }

    private void tile(SourceOp op) {
        long[] times = op.integers();
        long[] shape = scope.shape(op.operand(0));
        op.require(times.length == shape.length, "a number for each dimension", times);
        for (int i = 0; i < times.length; i++) {
            shape[i] *= times[i];
        }
        scope.emit(
                op,
                shape,
                "Tile",
                List.of(scope.value(op.operand(0)), scope.builder().longs(times)));
    }

    private void slice(SourceOp op) {
        OnnxSlice slice = OnnxSlice.of(op, scope.shape(op.operand(0)));
        int[] cut = IntStream.range(0, slice.from().length)
                .filter(i -> !slice.isWhole(i))
                .toArray();
        OnnxBuilder builder = scope.builder();
        scope.emit(
                op,
                slice.shape(),
                "Slice",
                List.of(
                        scope.value(op.operand(0)),
                        builder.longs(IntStream.of(cut)
                                .mapToLong(i -> slice.begin()[i])
                                .toArray()),
                        builder.longs(
                                IntStream.of(cut).mapToLong(i -> slice.end()[i]).toArray()),
                        builder.longs(IntStream.of(cut).asLongStream().toArray())));
    }

    // Resampling -----------------------------------------------------------------------------------------------------

    /**
     * Writes a pooling op. Its arguments are kernel, stride, padding and dilation (each with height and width), same mode,
     * divisor and channels last.
     */
    private void pool(SourceOp op, String onnxOp) {
        long[] arguments = op.integers();
        op.require(arguments.length >= 9, "a kernel", arguments);
        op.require(
                LongStream.of(arguments[4], arguments[5], arguments[8]).allMatch(value -> value == 0)
                        && arguments[6] == 1
                        && arguments[7] == 1,
                "neither padding nor dilation",
                arguments);
        op.require(arguments.length < 11 || arguments[10] == 0, "channels first", arguments);
        long[] shape = scope.shape(op.operand(0));
        shape[2] = (shape[2] - arguments[0]) / arguments[2] + 1;
        shape[3] = (shape[3] - arguments[1]) / arguments[3] + 1;
        scope.emit(
                op,
                shape,
                onnxOp,
                List.of(scope.value(op.operand(0))),
                new Attribute.Ints("kernel_shape", arguments[0], arguments[1]),
                new Attribute.Ints("strides", arguments[2], arguments[3]));
    }

    private void upsample(SourceOp op) {
        long[] arguments = op.integers();
        op.require(arguments.length == 3 && arguments[2] == 1, "channels first", arguments);
        long[] shape = scope.shape(op.operand(0));
        shape[2] *= arguments[0];
        shape[3] *= arguments[1];
        String factors = scope.builder()
                .constant(TensorType.F32, new long[] {4}, 1, 1, (double) arguments[0], (double) arguments[1]);
        scope.emit(
                op,
                shape,
                "Resize",
                List.of(scope.value(op.operand(0)), "", factors),
                new Attribute.Text("mode", "nearest"),
                new Attribute.Text("coordinate_transformation_mode", "asymmetric"),
                new Attribute.Text("nearest_mode", "floor"));
    }
}
