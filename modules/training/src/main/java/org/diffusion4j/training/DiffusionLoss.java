package org.diffusion4j.training;

import java.util.Arrays;
import java.util.Locale;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How far a network is from what it should predict: the mean over the images of weight · mean squared error (Ho et al. 2020,
 * arXiv:2006.11239, equation 14, for the simple weighting), and its gradient, from which a backward pass starts.
 *
 * @param schedule how noisy each timestep is
 * @param prediction what the network predicts
 * @param weighting how much each image counts
 */
public record DiffusionLoss(NoiseSchedule schedule, Prediction prediction, LossWeighting weighting) {
    /**
     * A batch's loss.
     *
     * @param value the mean of {@code perImage}
     * @param perImage each image's mean squared error times its weight, [N]
     * @param gradient the gradient of the value with respect to the network's output, in the output's shape; it belongs to
     *     the caller
     */
    public record Result(double value, double[] perImage, INDArray gradient) {}

    /**
     * Makes the loss for a model's scheduler.
     *
     * @param scheduler how noisy each timestep is, and what the network predicts
     * @param weighting how much each image counts
     * @return the loss
     */
    public static DiffusionLoss of(SchedulerConfig scheduler, LossWeighting weighting) {
        return new DiffusionLoss(scheduler.noise(), scheduler.predictionType(), weighting);
    }

    /**
     * Computes what the network should predict.
     *
     * @param clean x₀, [N, C, H, W]
     * @param noise ε, the same shape
     * @param timesteps one per image
     * @return ε, x₀ or v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans and Ho 2022, arXiv:2202.00512, appendix D); one of the arguments, or
     *     a new array
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    public INDArray target(INDArray clean, INDArray noise, long... timesteps) {
        return switch (prediction) {
            case EPSILON -> noise;
            case SAMPLE -> clean;
            case V_PREDICTION -> schedule.velocity(clean, noise, timesteps);
        };
    }

    /**
     * Computes the weights of images.
     *
     * @param timesteps one per image
     * @return what each one's mean squared error is multiplied by
     * @throws IllegalArgumentException if a timestep is out of range
     */
    public double[] weights(long... timesteps) {
        return Arrays.stream(timesteps)
                .mapToDouble(timestep -> weighting.weight(schedule.snr(timestep), prediction))
                .toArray();
    }

    /**
     * Computes the loss of a network's output.
     *
     * @param output the network's output, [N, C, H, W], float32
     * @param target as {@link #target} gives it, the same shape
     * @param timesteps one per image
     * @return the loss and its gradient
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    public Result of(INDArray output, INDArray target, long... timesteps) {
        if (!output.equalShapes(target)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the network's output: expected the target's shape %s, found %s",
                    Arrays.toString(target.shape()),
                    Arrays.toString(output.shape())));
        }
        int images = (int) output.size(0);
        if (timesteps.length != images) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "timesteps: expected %d, one per image, found %d", images, timesteps.length));
        }
        double[] weights = weights(timesteps);
        float[] differences = values(output);
        float[] targets = values(target);
        int size = differences.length / images;
        double[] perImage = new double[images];
        double value = 0;
        for (int image = 0; image < images; image++) {
            double squares = 0;
            // d(w·Σd²/size/N)/dd = 2·w·d/(size·N)
            float scale = (float) (2 * weights[image] / differences.length);
            for (int i = image * size; i < (image + 1) * size; i++) {
                float difference = differences[i] - targets[i];
                squares += (double) difference * difference;
                differences[i] = scale * difference;
            }
            perImage[image] = weights[image] * squares / size;
            value += perImage[image] / images;
        }
        return new Result(value, perImage, Nd4j.createFromArray(differences).reshape('c', output.shape()));
    }

    /** The elements row by row, whatever the array's strides are. */
    private static float[] values(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asFloat();
        }
    }
}
