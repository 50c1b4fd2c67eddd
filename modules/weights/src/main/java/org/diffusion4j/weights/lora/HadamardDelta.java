package org.diffusion4j.weights.lora;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * LyCORIS' LoHa: two low-rank matrices, multiplied element by element: Hyeon-Woo et al. 2022 (arXiv:2108.06098).
 *
 * @param first the first matrix
 * @param second the second matrix
 * @param factor alpha / rank
 */
public record HadamardDelta(Matrix first, Matrix second, double factor) implements WeightDelta {
    /**
     * A matrix of low rank.
     *
     * @param a [out, rank]; with a core [rank, out]
     * @param b [rank, in·kH·kW]; with a core [rank, in]
     * @param core [rank, rank, kH, kW]; null for none
     */
    public record Matrix(FileTensor a, FileTensor b, FileTensor core) {
        private void check(long... shape) {
            long rank = b.shape()[0];
            if (core == null) {
                long rest = WeightDelta.rest(shape, 1);
                require(b, shape, rank, rest);
                require(a, shape, shape[0], rank);
                return;
            }
            long outer = a.shape()[0];
            long[] inner = shape.clone();
            inner[0] = outer;
            inner[1] = rank;
            require(b, shape, rank, shape[1]);
            require(a, shape, outer, shape[0]);
            require(core, shape, inner);
        }

        private static void require(FileTensor tensor, long[] shape, long... expected) {
            WeightDelta.require(WeightDelta.isLike(tensor.shape(), expected), tensor, Arrays.toString(expected), shape);
        }

        private INDArray product() {
            INDArray left = WeightDelta.matrix(a);
            INDArray right = WeightDelta.matrix(b);
            return core == null ? left.mmul(right) : TuckerProduct.of(core.floats(), left, right);
        }
    }

    @Override
    public int rank() {
        return (int) first.b.shape()[0];
    }

    @Override
    public void check(long... shape) {
        WeightDelta.require(shape.length >= 2, first.a, "a weight of 2 dimensions or more", shape);
        first.check(shape);
        second.check(shape);
    }

    @Override
    public INDArray product(long... shape) {
        return first.product().dup('c').muli(second.product().dup('c'));
    }
}
