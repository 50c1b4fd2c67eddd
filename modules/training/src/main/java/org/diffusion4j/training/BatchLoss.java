package org.diffusion4j.training;

import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of one batch of a step, as a backward pass asks for it: from the network's output to the gradient, its value
 * kept.
 */
public final class BatchLoss implements UnaryOperator<INDArray> {
    private final DiffusionLoss loss;
    private final INDArray target;
    private final long[] timesteps;
    private final int batches;
    private double value = Double.NaN;

    /**
     * A loss that hasn't been computed yet.
     *
     * @param loss how it is computed
     * @param target what the network should give, [N, C, H, W]
     * @param timesteps one per image
     * @param batches of the step: the gradient is divided by it, so that the sum of all is their mean
     */
    public BatchLoss(DiffusionLoss loss, INDArray target, long[] timesteps, int batches) {
        this.loss = loss;
        this.target = target;
        this.timesteps = timesteps.clone();
        this.batches = batches;
    }

    /**
     * Computes it.
     *
     * @param output the network's, in the target's shape
     * @return this batch's part of the step's gradient with respect to the output, the caller's own
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    @Override
    public INDArray apply(INDArray output) {
        DiffusionLoss.Result result = loss.of(output, target, timesteps);
        value = result.value();
        return result.gradient().divi(batches);
    }

    /**
     * The batch's loss.
     *
     * @return NaN before it is computed
     */
    public double value() {
        return value;
    }
}
