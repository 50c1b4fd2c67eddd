package org.diffusion4j.engine.read;

import java.util.List;
import org.diffusion4j.engine.ir.ReductionOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads the ops that reduce whole dimensions. */
final class ReductionReaders {
    private ReductionReaders() {}

    static void addTo(Readers readers) {
        readers.add("reduce_mean", ReductionOp.Mean.class, ReductionReaders::mean);
        readers.add("softmax", ReductionOp.Softmax.class, ReductionReaders::softmax);
    }

    private static void mean(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        reading.requireFractions(op);
        op.require(op.keepsDimensions(), "dimensions that stay", "none");
        Value x = operands.get(0);
        long[] shape = x.shape();
        int[] dimensions = op.dimensions(shape.length);
        for (int dimension : dimensions) {
            shape[dimension] = 1;
        }
        reading.emit(new ReductionOp.Mean(x, dimensions), op.result(), shape);
    }

    private static void softmax(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value x = operands.get(0);
        int rank = x.rank();
        long dimension = op.integers(1, "one dimension")[0];
        op.require(op.axis(dimension, rank) == rank - 1, "the last dimension of " + rank, dimension);
        reading.emit(new ReductionOp.Softmax(x), op.result(), x.shape());
    }
}
