package org.diffusion4j.engine.read;

import java.util.Arrays;
import java.util.List;
import org.diffusion4j.engine.ir.ProductOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads matrix products and the look-up of rows. */
final class ProductReaders {
    private ProductReaders() {}

    static void addTo(Readers readers) {
        readers.add("matmul", ProductOp.MatrixProduct.class, ProductReaders::product);
        readers.add("gather", ProductOp.Gather.class, ProductReaders::gather);
        readers.add("onehot", ProductOp.OneHot.class, ProductReaders::oneHot);
    }

    /**
     * Reads a matrix product. Its arguments say which of the operands and the result are transposed, and have the factors
     * of the product and of the previous content.
     */
    private static void product(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(2, op);
        long[] transposed = Arrays.copyOf(op.integers(), 3);
        op.require(op.integers().length <= 3 && transposed[2] == 0, "a result that isn't transposed", op.integers());
        double[] factors = op.numbers();
        boolean plain = factors.length == 0 || Arrays.equals(factors, new double[] {1, 0});
        op.require(plain, "factors of 1 and 0", factors);
        Value a = operands.get(0);
        Value b = operands.get(1);
        boolean left = transposed[0] != 0;
        boolean right = transposed[1] != 0;
        int rank = a.rank();
        op.require(rank >= 2 && b.rank() == rank, "operands of one rank, at least 2", operands);
        boolean fits = a.size(left ? rank - 2 : rank - 1) == b.size(right ? rank - 1 : rank - 2);
        for (int i = 0; i < rank - 2; i++) {
            fits &= a.size(i) == b.size(i);
        }
        op.require(fits, "operands that fit", operands);
        long[] shape = a.shape();
        shape[rank - 2] = a.size(left ? rank - 1 : rank - 2);
        shape[rank - 1] = b.size(right ? rank - 2 : rank - 1);
        reading.emit(new ProductOp.MatrixProduct(a, b, left, right), op.result(), shape);
    }

    /** Reads a one-hot op. Its arguments are the new dimension and its size, and the numbers at the index and elsewhere. */
    private static void oneHot(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(1, op);
        Value indices = operands.get(0);
        long[] arguments = op.integers(2, "a dimension and a depth");
        op.require(indices.dataType().isIntType(), "whole numbers", indices.dataType());
        op.require(arguments[0] == -1 || arguments[0] == indices.rank(), "a last dimension", arguments[0]);
        op.require(Arrays.equals(op.numbers(), new double[] {1, 0}), "ones and zeros", op.numbers());
        long[] shape = Arrays.copyOf(indices.shape(), indices.rank() + 1);
        shape[indices.rank()] = arguments[1];
        reading.emit(new ProductOp.OneHot(indices), op.result(), shape);
    }

    /** Reads a look-up. Its operands are the table and the indices, and its argument is the dimension of the table. */
    private static void gather(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(2, op);
        Value table = operands.get(0);
        Value indices = operands.get(1);
        long dimension = op.integers(1, "one dimension")[0];
        op.require(table.parameter() != null && table.rank() == 2, "a table [rows, D] that isn't computed", table);
        op.require(op.axis(dimension, 2) == 0, "rows", dimension);
        op.require(indices.dataType().isIntType(), "whole numbers", indices.dataType());
        long[] shape = Arrays.copyOf(indices.shape(), indices.rank() + 1);
        shape[indices.rank()] = table.size(1);
        reading.emit(new ProductOp.Gather(indices, table), op.result(), shape);
    }
}
