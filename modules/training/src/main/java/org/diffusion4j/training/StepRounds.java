package org.diffusion4j.training;

import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;

/**
 * Takes several steps where gradients are computed, each worker with an optimiser of its own, and averages what they come to.
 * This isn't what one optimiser comes to. A trainer asks for rounds in place of gradients.
 */
public interface StepRounds extends StepGradients {
    /**
     * Takes some steps, at most as many as the plan has left.
     *
     * @param trainer whose {@linkplain Trainer#state() state} the workers begin with, and which is
     *     {@linkplain Trainer#restore set} to what they came to
     * @param stopped is asked meanwhile
     * @return the last of the steps, with the mean loss of all; null if it was stopped, and the trainer is as before
     * @throws DivergedException if a worker's loss or its gradient isn't a finite number; the trainer is as before
     * @throws Diffusion4jException if a picture can't be read
     */
    Trainer.Step round(Trainer trainer, BooleanSupplier stopped);
}
