package org.diffusion4j.engine.read;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.ShapeOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads the ops that work element by element, and those whose result depends on no input. */
final class ElementwiseReaders {
    private static final Map<String, Function.Kind> UNARY = Map.ofEntries(
            Map.entry("sigmoid", Function.Kind.SIGMOID),
            Map.entry("tanh", Function.Kind.TANH),
            Map.entry("erf", Function.Kind.ERF),
            Map.entry("softplus", Function.Kind.SOFTPLUS),
            Map.entry("square", Function.Kind.SQUARE),
            Map.entry("sqrt", Function.Kind.SQRT),
            Map.entry("sin", Function.Kind.SIN),
            Map.entry("cos", Function.Kind.COS),
            Map.entry("log", Function.Kind.LOG),
            Map.entry("floor", Function.Kind.FLOOR));

    private static final Map<String, Binary.Kind> BINARY = Map.of(
            "add", Binary.Kind.ADD,
            "subtract", Binary.Kind.SUBTRACT,
            "multiply", Binary.Kind.MULTIPLY,
            "divide", Binary.Kind.DIVIDE);

    private ElementwiseReaders() {}

    static void addTo(Readers readers) {
        UNARY.forEach((name, kind) -> readers.add(
                name, Unary.class, (op, operands, reading) -> unary(new Function(kind, 0), op, operands, reading)));
        BINARY.forEach((name, kind) -> readers.add(name, Binary.class, (op, operands, reading) -> {
            Readers.requireOperands(2, op);
            binary(kind, op, operands.get(0), operands.get(1), reading);
        }));
        withScalar(readers, "add_scalar", Function.Kind.ADD);
        withScalar(readers, "mul_scalar", Function.Kind.MULTIPLY);
        withScalar(readers, "div_scalar", Function.Kind.DIVIDE);
        readers.add(
                "sub_scalar",
                Unary.class,
                (op, operands, reading) -> unary(new Function(Function.Kind.ADD, -op.scalar()), op, operands, reading));
        readers.add("relu", Unary.class, (op, operands, reading) -> {
            op.require(op.scalar() == 0, "a cutoff of 0", op.scalar());
            unary(new Function(Function.Kind.RELU, 0), op, operands, reading);
        });
        readers.add("greaterthanorequal_scalar", Unary.class, ElementwiseReaders::atLeast);
        readers.add("cast", Unary.class, ElementwiseReaders::cast);
        readers.add("biasadd", Binary.class, ElementwiseReaders::bias);
        readers.addConstant("range", (op, operands, reading) -> range(op, reading));
    }

    private static void withScalar(Readers readers, String name, Function.Kind kind) {
        readers.add(
                name,
                Unary.class,
                (op, operands, reading) -> unary(new Function(kind, op.scalar()), op, operands, reading));
    }

    private static void unary(Function function, SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        reading.requireFractions(op);
        Value x = operands.get(0);
        reading.emit(new Unary(x, function), op.result(), x.shape());
    }

    private static void atLeast(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        reading.emit(new Unary(x, new Function(Function.Kind.AT_LEAST, op.scalar())), op.result(), x.shape());
    }

    /** Reads a cast, which cuts off fractions if the result has whole numbers. */
    private static void cast(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        DataType from = x.dataType();
        DataType to = reading.type(op.result());
        op.require(to != DataType.BOOL || from == to, "numbers", to);
        op.require(to != DataType.INT32 || from != DataType.INT64, "a type that has all numbers of " + from, to);
        boolean cut = to.isIntType() && from.isFPType();
        Function function = new Function(cut ? Function.Kind.TRUNCATE : Function.Kind.CAST, 0);
        reading.emit(new Unary(x, function), op.result(), x.shape());
    }

    private static void binary(Binary.Kind kind, SourceOp op, Value a, Value b, Reading reading) {
        reading.requireFractions(op);
        op.require(a.dataType() == b.dataType(), "operands of one type", List.of(a.dataType(), b.dataType()));
        long[] shape = new long[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= shape.length; i++) {
            long left = i <= a.rank() ? a.size(a.rank() - i) : 1;
            long right = i <= b.rank() ? b.size(b.rank() - i) : 1;
            op.require(left == right || left == 1 || right == 1, "shapes that can be broadcast", List.of(a, b));
            shape[shape.length - i] = Math.max(left, right);
        }
        reading.emit(new Binary(kind, a, b), op.result(), shape);
    }

    /** Reads the addition of a bias. Its flag says whether the channels come right after the batch or last. */
    private static void bias(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(2, op);
        op.require(op.flags().length == 1, "one flag", op.flags());
        Value x = operands.get(0);
        Value bias = operands.get(1);
        op.require(x.rank() > 1, "channels", x);
        int channel = op.flags()[0] ? 1 : x.rank() - 1;
        op.require(bias.rank() == 1 && bias.size(0) == x.size(channel), "a bias for each channel of " + x, bias);
        long[] shape = new long[x.rank()];
        Arrays.fill(shape, 1);
        shape[channel] = bias.size(0);
        Value channels;
        if (bias.parameter() == null) {
            channels = new Value(op.result() + ":bias", shape, bias.dataType(), null);
            reading.emit(new ShapeOp.Reshape(bias), channels);
        } else {
            channels = new Value(bias.name(), shape, bias.dataType(), bias.parameter());
        }
        binary(Binary.Kind.ADD, op, x, channels, reading);
    }

    private static void range(SourceOp op, Reading reading) {
        Readers.requireOperands(0, op);
        double[] bounds = op.numbers(); // from, to, step
        op.require(bounds.length == 3, "from, to and step by arguments", bounds);
        DataType type = reading.type(op.result());
        boolean whole = Arrays.stream(bounds).allMatch(bound -> bound == Math.rint(bound));
        op.require(type.isFPType() || whole, "whole numbers for " + type, bounds);
        double length = Math.ceil((bounds[1] - bounds[0]) / bounds[2]);
        op.require(length >= 1 && length <= Integer.MAX_VALUE, "elements", bounds);
        INDArray numbers = Nd4j.createFromArray(IntStream.range(0, (int) length)
                        .mapToDouble(i -> bounds[0] + i * bounds[2])
                        .toArray())
                .castTo(type);
        reading.constant(op.result(), numbers);
    }
}
