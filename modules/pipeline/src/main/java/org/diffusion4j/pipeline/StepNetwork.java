package org.diffusion4j.pipeline;

import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parallel.Cancellation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What predicts the noise at each step of a walk: a network, or several that work together. */
@FunctionalInterface
public interface StepNetwork {
    /**
     * Makes a prediction.
     *
     * @param batch the network's samples, [N,…], or with guidance [2N,…]; they are freed afterwards
     * @param step the step
     * @param conditioning further inputs, for the same batch
     * @return the prediction, of the batch's shape, which belongs to the caller
     */
    INDArray predict(INDArray batch, SamplingStep step, Conditioning conditioning);

    /**
     * A network that does the same at every step.
     *
     * @param network makes the predictions; the caller closes it
     * @return the network for a walk
     */
    static StepNetwork of(NoisePredictor network) {
        return of(network, Cancellation.NEVER);
    }

    /**
     * A network that does the same at every step, until it is cancelled.
     *
     * @param network makes the predictions; the caller closes it
     * @param cancelled whether nobody wants them any more, as {@link NoisePredictor#predict(INDArray, INDArray, java.util.Map,
     *     BooleanSupplier)} asks
     * @return the network for a walk; its prediction throws a {@link java.util.concurrent.CancellationException} if it is cancelled
     */
    static StepNetwork of(NoisePredictor network, BooleanSupplier cancelled) {
        return (batch, step, conditioning) -> {
            INDArray timesteps = Nd4j.valueArrayOf(new long[] {batch.size(0)}, step.timestep(), DataType.FLOAT);
            try {
                return network.predict(batch, timesteps, conditioning.inputs(), cancelled);
            } finally {
                Denoising.free(timesteps);
            }
        };
    }
}
