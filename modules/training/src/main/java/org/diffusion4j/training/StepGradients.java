package org.diffusion4j.training;

import java.io.Serializable;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.parameters.FlatParameters;

/** Computes the gradient of a step's loss, in this process or on many machines. Only one thread at a time may use it. */
public interface StepGradients extends AutoCloseable {
    /**
     * What the batches of a step came to.
     *
     * @param losses of each batch, in their order; the last one isn't a finite number where the step ended there
     * @param names of the first pictures of the step; those of the batch with the fault where there is one
     */
    record Losses(List<Double> losses, List<String> names) implements Serializable {
        /**
         * Copies both.
         *
         * @param losses see the record
         * @param names see the record
         */
        public Losses {
            losses = List.copyOf(losses);
            names = List.copyOf(names);
        }

        /**
         * The mean over the batches.
         *
         * @return not a finite number if one isn't
         */
        public double mean() {
            double sum = 0;
            for (double loss : losses) {
                sum += loss;
            }
            return sum / losses.size();
        }
    }

    /**
     * The parameters that the loss depends on, and where its gradient goes.
     *
     * @return always the same ones
     */
    FlatParameters parameters();

    /**
     * Computes the gradient of the mean loss of a step's batches into {@link FlatParameters#gradients()}, whose elements are
     * zero before. Batches are added by a {@link GradientTree}.
     *
     * @param step the number of the step, from 0; most often one more than the last time
     * @param stopped is asked between batches
     * @return the losses; null if it was stopped. Then, and where a loss isn't finite, the gradients may be anything
     * @throws Diffusion4jException if a picture can't be read
     */
    Losses compute(long step, BooleanSupplier stopped);

    /** Frees the memory. */
    @Override
    void close();
}
