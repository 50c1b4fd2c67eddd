package org.diffusion4j.spark.training;

import java.io.Serializable;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.training.LocalGradients;

/** How what a step begins with gets to the workers, and what they come to gets back. */
interface Exchange extends AutoCloseable {
    /**
     * What a worker does with a part of a step.
     *
     * @param <S> what the step begins with
     * @param <R> what a part comes to
     */
    @FunctionalInterface
    interface PartWork<S, R> extends Serializable {
        /** Null where it was stopped. */
        R of(TrainingJob job, LocalGradients gradients, S shared, StepPart part, BooleanSupplier stopped);
    }

    /**
     * Has the parts of a step computed at the same time, each anew if its worker is lost.
     *
     * @param shared what each of the workers gets
     * @param parts one for each worker
     * @param work what is done with each; it depends on nothing but its arguments
     * @param stopped is asked meanwhile
     * @return the results in the order of the parts; null if it was stopped
     * @throws org.diffusion4j.Diffusion4jException that names the part, if one can't be computed
     */
    <S, R> List<R> run(S shared, List<StepPart> parts, PartWork<S, R> work, BooleanSupplier stopped);

    /** Lets the workers free what they keep. */
    @Override
    void close();
}
