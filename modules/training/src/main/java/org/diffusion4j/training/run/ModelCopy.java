package org.diffusion4j.training.run;

import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A trainer's model, whose arrays are freed at once: the collector sees none of their memory, and is in no hurry. */
record ModelCopy(DiffusersModel model) implements AutoCloseable {
    @Override
    public void close() {
        model.weights().values().forEach(INDArray::close);
    }
}
