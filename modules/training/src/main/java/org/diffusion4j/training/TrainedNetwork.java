package org.diffusion4j.training;

import java.util.Map;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.SampleSize;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network that learns, and the batches that it learns from. */
public interface TrainedNetwork {
    /**
     * Builds the network's graph, one to train with. Its placeholders are {@code sample}, {@code timestep} and those of the
     * batches' conditioning; its output is {@code out_sample}.
     *
     * @param size of the samples
     * @return a new graph, whose weights stay open while it is used
     */
    SameDiff graph(SampleSize size);

    /**
     * The size for which a graph is built first.
     *
     * @return that of the samples; of most of them, if there are several
     */
    SampleSize size();

    /**
     * Whether a parameter learns.
     *
     * @param parameter the name of one of the graph's variables
     * @return false for one that keeps its values
     */
    boolean trains(String parameter);

    /**
     * How far a prediction is from what it should be.
     *
     * @return the loss
     */
    DiffusionLoss loss();

    /**
     * Begins to make batches.
     *
     * @param numbers which ones
     * @return the batches, which the caller closes
     */
    NoisyBatches batches(BatchNumbers numbers);

    /**
     * Begins to make batches of pictures that keep the network from forgetting what it draws already: prior preservation
     * (Ruiz et al. 2022, arXiv:2208.12242, equation 2). One goes with each of the other batches, whose loss its own is added
     * to, times {@link #priorWeight()}.
     *
     * @param numbers which ones
     * @return the batches, which the caller closes; by default null for none
     */
    default NoisyBatches priorBatches(BatchNumbers numbers) {
        return null;
    }

    /**
     * How much the loss of such a batch counts.
     *
     * @return the paper's λ, at least 0; by default 1
     */
    default double priorWeight() {
        return 1;
    }

    /** A network's forward pass, with the parameters as they are now. */
    @FunctionalInterface
    interface Forward {
        /**
         * Computes the network's output.
         *
         * @param sample [N, C, H, W]
         * @param timesteps one for each image
         * @param conditioning the network's further inputs by name
         * @return [N, C, H, W], which the caller closes
         */
        INDArray predict(INDArray sample, long[] timesteps, Map<String, INDArray> conditioning);
    }

    /**
     * What the network should give for a batch, asked just before it learns from it.
     *
     * @param batch one of {@link #batches}
     * @param network as it is now
     * @return in the samples' shape, which the caller closes; by default null for the batch's own target
     */
    default INDArray target(NoisyBatch batch, Forward network) {
        return null;
    }

    /**
     * Called before each step.
     *
     * @param step its number, from 0
     * @param parameters as they are before it
     * @return whether batches that were made in advance are no longer right; by default they are
     */
    default boolean begins(long step, FlatParameters parameters) {
        return false;
    }
}
