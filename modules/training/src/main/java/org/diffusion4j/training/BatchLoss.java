package org.diffusion4j.training;

import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of one batch of a step, as a backward pass needs it: it turns the network's output into the gradient, and keeps
 * the loss.
 */
public final class BatchLoss implements UnaryOperator<INDArray> {
    private final DiffusionLoss loss;
    private final INDArray target;
    private final long[] timesteps;
    private final int batches;
    private final double weight;
    private double value = Double.NaN;

    /**
     * A loss that hasn't been computed yet.
     *
     * @param loss how it is computed
     * @param target what the network should give, [N, C, H, W]
     * @param timesteps one per image
     * @param batches the number of batches of the step, by which the gradient is divided, so that the sum over all is their mean
     */
    public BatchLoss(DiffusionLoss loss, INDArray target, long[] timesteps, int batches) {
        this(loss, target, timesteps, batches, 1);
    }

    /**
     * A loss that hasn't been computed yet, of which so much counts.
     *
     * @param loss how it is computed
     * @param target as above
     * @param timesteps one per image
     * @param batches as above
     * @param weight what the loss and its gradient are multiplied by, at least 0
     */
    public BatchLoss(DiffusionLoss loss, INDArray target, long[] timesteps, int batches, double weight) {
        this.loss = loss;
        this.target = target;
        this.timesteps = timesteps.clone();
        this.batches = batches;
        this.weight = weight;
    }

    /**
     * Computes the loss.
     *
     * @param output the network's output, in the target's shape
     * @return this batch's part of the step's gradient with respect to the output, which belongs to the caller
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    @Override
    public INDArray apply(INDArray output) {
        DiffusionLoss.Result result = loss.of(output, target, timesteps);
        value = weight * result.value();
        INDArray gradient = result.gradient().divi(batches);
        return weight == 1 ? gradient : gradient.muli(weight);
    }

    /**
     * The batch's loss, times its weight.
     *
     * @return NaN before it is computed
     */
    public double value() {
        return value;
    }
}
