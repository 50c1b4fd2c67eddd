package org.diffusion4j.training.run;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDescription;

/** What a {@link TrainingRun} trains: what learns, from which pictures and how, and what becomes of it. */
public interface TrainingTask {
    /**
     * How it is trained.
     *
     * @return the plan
     */
    TrainingPlan plan();

    /**
     * Checks, before a folder is made, that what learns, the pictures and the plan go together, and that this machine has the
     * memory for a step.
     *
     * @param options the run's
     * @return the bytes that a step takes on this machine, with all that is around it, as estimated; 0 if that isn't known
     * @throws Diffusion4jException if not
     */
    long check(RunOptions options);

    /**
     * Whether the pictures that it learns from lie in a folder.
     *
     * @param folder a run's
     * @return whether some do
     */
    boolean readsFrom(Path folder);

    /**
     * Describes what a run that goes on must have in common with the one that began.
     *
     * @return what learns and what it learns
     */
    RunDescription.Subject subject();

    /**
     * Tries whether the result can be written into a folder.
     *
     * @param folder a run's
     * @throws Diffusion4jException if not
     */
    void tryToWrite(Path folder);

    /**
     * Begins to train, or to go on.
     *
     * @param checkpoint the folder of the checkpoint that is gone on from; null for a beginning
     * @param folder the run's, for what is kept beside its checkpoints
     * @param options the run's
     * @param listener told of what takes long
     * @return the trainer before its first step, whose vectors the run restores
     */
    Learner begin(Path checkpoint, Path folder, RunOptions options, Consumer<String> listener);

    /**
     * Reads a result that was {@linkplain TrainedModel#write written}.
     *
     * @param checkpoint the folder of a checkpoint
     * @return the model, which the caller closes
     */
    TrainedModel read(Path checkpoint);

    /** What learns, while it does. */
    interface Learner extends AutoCloseable {
        /**
         * What takes the steps.
         *
         * @return always the same one, which this closes
         */
        Trainer trainer();

        /**
         * The result as it is now.
         *
         * @return a copy, which the caller closes
         */
        TrainedModel model();

        @Override
        void close();
    }
}
