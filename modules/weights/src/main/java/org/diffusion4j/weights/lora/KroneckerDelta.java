package org.diffusion4j.weights.lora;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * LyCORIS' LoKr: the Kronecker product of a small matrix and a larger one, either of which may be of low rank: Edalati et al. 2022
 * (arXiv:2212.10650).
 *
 * @param small [o1, i1]
 * @param large [o2, i2] or [o2, i2, kH, kW], where o1·o2 and i1·i2 are the weight's
 * @param factor alpha / rank if one of them is of low rank, otherwise 1
 */
public record KroneckerDelta(Factor small, Factor large, double factor) implements WeightDelta {
    /**
     * A matrix, whole or of low rank.
     *
     * @param whole the matrix itself; null if it is of low rank
     * @param a [o, rank]; with a core [rank, o]
     * @param b [rank, i] or [rank, i·kH·kW]; with a core [rank, i]
     * @param core [rank, rank, kH, kW]; null for none
     */
    public record Factor(FileTensor whole, FileTensor a, FileTensor b, FileTensor core) {
        int rank() {
            return whole != null ? 0 : (int) b.shape()[0];
        }

        private FileTensor named() {
            return whole != null ? whole : a;
        }

        private long rows() {
            return whole != null ? whole.shape()[0] : core == null ? a.shape()[0] : a.shape()[1];
        }

        /** The number of columns, those of a kernel's places included. */
        private long columns() {
            if (whole != null) {
                return WeightDelta.rest(whole.shape(), 1);
            }
            return core == null
                    ? WeightDelta.rest(b.shape(), 1)
                    : WeightDelta.rest(b.shape(), 1) * WeightDelta.rest(core.shape(), 2);
        }

        private void check(long... shape) {
            if (whole != null) {
                WeightDelta.require(whole.shape().length >= 2, whole, "2 dimensions or more", shape);
                return;
            }
            WeightDelta.require(a.shape().length >= 2 && b.shape().length >= 2, a, "2 dimensions or more", shape);
            if (core == null) {
                long[] left = {a.shape()[0], rank()};
                WeightDelta.require(WeightDelta.isLike(a.shape(), left), a, Arrays.toString(left), shape);
                return;
            }
            long[] inner = core.shape();
            WeightDelta.require(
                    inner.length >= 2 && inner[0] == a.shape()[0] && inner[1] == rank(),
                    core,
                    "[" + a.shape()[0] + ", " + rank() + ", …]",
                    shape);
        }

        private INDArray product() {
            if (whole != null) {
                return WeightDelta.matrix(whole);
            }
            INDArray left = WeightDelta.matrix(a);
            INDArray right = WeightDelta.matrix(b);
            return core == null ? left.mmul(right) : TuckerProduct.of(core.floats(), left, right);
        }
    }

    @Override
    public int rank() {
        return Math.max(small.rank(), large.rank());
    }

    @Override
    public void check(long... shape) {
        WeightDelta.require(shape.length >= 2, small.named(), "a weight of 2 dimensions or more", shape);
        small.check(shape);
        large.check(shape);
        long kernel = WeightDelta.rest(shape, 2);
        FileTensor named = large.named();
        boolean rows = shape[0] % small.rows() == 0 && shape[0] / small.rows() == large.rows();
        WeightDelta.require(rows, named, shape[0] + " rows of both factors together", shape);
        boolean columns = shape[1] % small.columns() == 0
                && shape[1] / small.columns() * kernel == large.columns()
                && WeightDelta.rest(small.core == null ? new long[0] : small.core.shape(), 2) == 1;
        WeightDelta.require(columns, named, shape[1] + " columns of both factors together", shape);
    }

    @Override
    public INDArray product(long... shape) {
        INDArray left = small.product();
        INDArray right = large.product().dup('c');
        long kernel = WeightDelta.rest(shape, 2);
        long rows = right.size(0);
        long columns = right.size(1) / kernel;
        return left.dup('c')
                .reshape('c', left.size(0), 1, left.size(1), 1, 1)
                .mul(right.reshape('c', 1, rows, 1, columns, kernel));
    }
}
