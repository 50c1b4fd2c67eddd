package org.diffusion4j.weights.lora;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The product of two narrow matrices, up·down: Hu et al. 2021 (arXiv:2106.09685). A convolution's down has its kernel; with a mid, the
 * kernel is there, between two convolutions of 1×1.
 *
 * @param down [rank, in] or [rank, in, kH, kW]
 * @param mid [rank, rank, kH, kW]; null for none
 * @param up [out, rank] or [out, rank, 1, 1]
 * @param factor alpha / rank
 */
public record LowRankDelta(FileTensor down, FileTensor mid, FileTensor up, double factor) implements WeightDelta {
    @Override
    public int rank() {
        return (int) down.shape()[0];
    }

    @Override
    public void check(long... shape) {
        long in = shape.length < 2 ? 0 : shape[1];
        long[] inner = shape.clone();
        inner[0] = rank();
        long[] first = mid == null ? inner : new long[] {rank(), in};
        WeightDelta.require(
                shape.length >= 2 && WeightDelta.isLike(down.shape(), first), down, Arrays.toString(first), shape);
        long middle = rank();
        if (mid != null) {
            long[] core = inner.clone();
            core[1] = rank();
            core[0] = mid.shape()[0];
            WeightDelta.require(WeightDelta.isLike(mid.shape(), core), mid, Arrays.toString(core), shape);
            middle = core[0];
        }
        long[] last = {shape[0], middle};
        WeightDelta.require(WeightDelta.isLike(up.shape(), last), up, Arrays.toString(last), shape);
    }

    @Override
    public INDArray product(long... shape) {
        INDArray first = WeightDelta.matrix(down);
        INDArray last = WeightDelta.matrix(up);
        return mid == null ? last.mmul(first) : TuckerProduct.of(mid.floats(), last.transpose(), first);
    }
}
