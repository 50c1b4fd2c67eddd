package org.diffusion4j.engine.read;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.diffusion4j.engine.ir.ShapeOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads the ops that move numbers to other places. */
final class ShapeReaders {
    private ShapeReaders() {}

    static void addTo(Readers readers) {
        readers.add("reshape", ShapeOp.Reshape.class, ShapeReaders::reshape);
        readers.add("permute", ShapeOp.Permute.class, ShapeReaders::permute);
        readers.add("concat", ShapeOp.Concat.class, ShapeReaders::concat);
        readers.add("split", ShapeOp.Slice.class, ShapeReaders::split);
        readers.add("strided_slice", ShapeOp.Slice.class, ShapeReaders::slice);
        readers.add("tile", ShapeOp.Tile.class, ShapeReaders::tile);
        readers.add("pad", ShapeOp.Pad.class, ShapeReaders::pad);
    }

    private static void reshape(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        long[] arguments = op.integers();
        op.require(arguments.length > 0, "a shape by arguments", arguments);
        // The first argument is the order of the elements: -99 stands for c.
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
        reading.emit(new ShapeOp.Reshape(x), op.result(), shape);
    }

    private static void permute(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        long[] arguments = op.integers(x.rank(), "a dimension for each of " + x);
        int[] order = Arrays.stream(arguments).mapToInt(i -> (int) i).toArray();
        boolean once = Arrays.equals(
                IntStream.of(order).sorted().toArray(),
                IntStream.range(0, x.rank()).toArray());
        op.require(once, "each dimension once, from 0", order);
        long[] shape = IntStream.of(order).mapToLong(x::size).toArray();
        reading.emit(new ShapeOp.Permute(x, order), op.result(), shape);
    }

    private static void concat(SourceOp op, List<Value> parts, Reading reading) {
        // A flag says whether the dimension is given as the last operand.
        op.require(op.flags().length == 0 || !op.flags()[0], "the dimension by argument", op.flags());
        Value first = parts.get(0);
        int rank = first.rank();
        int axis = op.axis(op.integers(1, "one dimension")[0], rank);
        long[] shape = first.shape();
        shape[axis] = 0;
        for (Value part : parts) {
            op.require(part.rank() == rank && part.dataType() == first.dataType(), "operands alike", parts);
            for (int i = 0; i < rank; i++) {
                op.require(i == axis || part.size(i) == shape[i], "operands that fit", parts);
            }
            shape[axis] += part.size(axis);
        }
        reading.emit(new ShapeOp.Concat(parts, axis), op.result(), shape);
    }

    private static void split(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        long[] arguments = op.integers(2, "a number of parts and a dimension");
        Value x = operands.get(0);
        long parts = arguments[0];
        int axis = op.axis(arguments[1], x.rank());
        long[] shape = x.shape();
        op.require(parts > 0 && shape[axis] % parts == 0, "equal parts of " + x, arguments);
        op.require(op.results().size() == parts, "results: " + parts, op.results());
        shape[axis] /= parts;
        for (int part = 0; part < parts; part++) {
            long[] begin = new long[shape.length];
            begin[axis] = part * shape[axis];
            reading.emit(new ShapeOp.Slice(x, begin), op.results().get(part), shape);
        }
    }

    /**
     * Reads a slice. Its arguments are five masks, then begin, end and stride for each dimension. A bit of the first or
     * third mask means from the start or to the end; bits of the others change the number of dimensions.
     */
    private static void slice(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
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
        reading.emit(new ShapeOp.Slice(x, begin), op.result(), shape);
    }

    /** An index that counts from the end if it is negative. */
    private static long index(long given, long size) {
        return given < 0 ? given + size : given;
    }

    private static void tile(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        long[] times = op.integers(x.rank(), "a number for each dimension of " + x);
        long[] shape = x.shape();
        for (int i = 0; i < times.length; i++) {
            op.require(times[i] == 1 || (times[i] > 0 && shape[i] == 1), "dimensions of one element of " + x, times);
            shape[i] *= times[i];
        }
        int[] repeats = Arrays.stream(times).mapToInt(i -> (int) i).toArray();
        reading.emit(new ShapeOp.Tile(x, repeats), op.result(), shape);
    }

    /** Reads padding. Its arguments are the mode (0 for a constant) and the constant. */
    private static void pad(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(2, op);
        op.require(op.integers(1, "a mode")[0] == 0, "the constant mode", op.integers());
        op.require(Arrays.stream(op.numbers()).allMatch(value -> value == 0), "zeros", op.numbers());
        Value x = operands.get(0);
        Value given = operands.get(1);
        WeightSource source = given.parameter();
        long[] shape = x.shape();
        boolean constant = source != null && Arrays.equals(source.shape(), new long[] {shape.length, 2});
        op.require(constant, "two constant amounts for each dimension of " + x, given);
        INDArray amounts = source.use(array -> array.dup('c'));
        int[] front = new int[shape.length];
        for (int i = 0; i < shape.length; i++) {
            front[i] = amounts.getInt(i, 0);
            int behind = amounts.getInt(i, 1);
            op.require(front[i] >= 0 && behind >= 0, "amounts of at least 0", amounts);
            shape[i] += front[i] + behind;
        }
        reading.emit(new ShapeOp.Pad(x, front), op.result(), shape);
    }
}
