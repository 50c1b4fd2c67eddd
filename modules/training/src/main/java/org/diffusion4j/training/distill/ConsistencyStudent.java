package org.diffusion4j.training.distill;

import java.util.Arrays;
import java.util.function.Supplier;
import org.diffusion4j.training.BatchRecipe;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.NoisyBatch;
import org.diffusion4j.training.TrainedNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network that learns to say the same picture at both ends of each of its teacher's steps. */
final class ConsistencyStudent extends Student {
    private final Consistency method;
    private final Supplier<Teacher> teacher;
    private final DiffusionLoss loss;

    /**
     * @param network the student's network
     * @param lesson what it learns from
     * @param method which steps
     * @param teacher opens the teacher
     */
    ConsistencyStudent(TrainedNetwork network, Lesson lesson, Consistency method, Supplier<Teacher> teacher) {
        super(network, lesson);
        this.method = method;
        this.teacher = teacher;
        DiffusionLoss given = network.loss();
        loss = new DiffusionLoss(given.schedule(), given.prediction(), LossWeighting.asVelocity(given.weighting()));
    }

    @Override
    BatchRecipe recipe(BatchRecipe inputs) {
        return new ConsistencyRecipe(inputs, teacher.get(), step(), method);
    }

    /** Where there is only noise, an error in ε says nothing of the picture, so errors count as those in v. */
    @Override
    public DiffusionLoss loss() {
        return loss;
    }

    @Override
    public INDArray target(NoisyBatch batch, Forward network) {
        INDArray reached = batch.target();
        long[] ends = step().next(method, batch.timesteps());
        // A sample without noise is its own picture, whatever the network says of it.
        long[] asked = Arrays.stream(ends).map(end -> Math.max(0, end)).toArray();
        try (INDArray output = network.predict(reached, asked, batch.conditioning());
                INDArray picture = step().consistent(reached, output, loss.prediction(), ends)) {
            return step().target(batch.noisy(), picture, loss.prediction(), batch.timesteps());
        }
    }
}
