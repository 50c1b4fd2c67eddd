package org.diffusion4j.spark.training;

import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.spark.data.PictureOpener;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.TrainingPlan;

/**
 * What an executor needs to know of a run, besides a step's parameters.
 *
 * @param id another for each run
 * @param model that the run begins or goes on with
 * @param pictures opens them there
 * @param plan how it is trained
 * @param engine what runs the network, as the driver resolved it
 * @param threads of each task
 * @param precision likewise
 * @param checkpointing whether steps compute parts of the forward pass twice
 */
record TrainingJob(
        String id,
        Broadcast<ModelFiles> model,
        PictureOpener pictures,
        TrainingPlan plan,
        EngineKind engine,
        int threads,
        Precision precision,
        boolean checkpointing)
        implements Serializable {

    /**
     * What an exchange knows of a run.
     *
     * @param id another for each run
     * @param model on its way
     */
    record Key(String id, Broadcast<ModelFiles> model) {}

    LocalGradients.Computer computer() {
        return new LocalGradients.Computer(engine, threads, precision, checkpointing);
    }
}
