package org.diffusion4j.engine.read;

import java.util.Arrays;
import java.util.List;
import org.diffusion4j.engine.ir.ResamplingOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads the ops that change the size of images. */
final class ResamplingReaders {
    private ResamplingReaders() {}

    static void addTo(Readers readers) {
        readers.add(
                "avgpool2d", ResamplingOp.Pool.class, (op, operands, reading) -> pool(false, op, operands, reading));
        readers.add("maxpool2d", ResamplingOp.Pool.class, (op, operands, reading) -> pool(true, op, operands, reading));
        readers.add("upsampling2d", ResamplingOp.UpsampleNearest.class, ResamplingReaders::upsample);
    }

    static void requireImages(Value x, SourceOp op) {
        op.require(x.rank() == 4, "images [N, C, H, W]", x);
    }

    /**
     * Reads a pooling op. Its arguments are kernel, stride, padding and dilation (each with height and width), same mode,
     * divisor and channels last.
     */
    private static void pool(boolean max, SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        requireImages(x, op);
        long[] arguments = op.integers(11, "a kernel, its place and a layout");
        boolean halves = Arrays.equals(Arrays.copyOf(arguments, 8), new long[] {2, 2, 2, 2, 0, 0, 1, 1});
        op.require(halves, "2×2 with strides of 2, neither padding nor dilation", arguments);
        op.require(arguments[8] == 0, "explicit padding", arguments);
        op.require(arguments[10] == 0, "channels first", arguments);
        reading.emit(new ResamplingOp.Pool(x, max), op.result(), x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2);
    }

    private static void upsample(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        requireImages(x, op);
        long[] arguments = op.integers(3, "two factors and a layout");
        op.require(arguments[0] == 2 && arguments[1] == 2, "factors of 2", arguments);
        op.require(arguments[2] != 0, "channels first", arguments);
        reading.emit(
                new ResamplingOp.UpsampleNearest(x), op.result(), x.size(0), x.size(1), 2L * x.size(2), 2L * x.size(3));
    }
}
