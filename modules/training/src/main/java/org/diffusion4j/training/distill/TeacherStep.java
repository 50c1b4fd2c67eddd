package org.diffusion4j.training.distill;

import java.util.Arrays;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.ConsistencyWeights;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Steps of DDIM without noise (Song et al. 2021, arXiv:2010.02502, equation 12), each image at a timestep of its own.
 *
 * @param schedule how noisy each timestep is
 * @param clips whether predicted pictures are clipped to [-1, 1], whose noise is then what belongs to them
 */
record TeacherStep(NoiseSchedule schedule, boolean clips) {
    /** Stands for a picture without noise. */
    static final long CLEAN = -1;

    /** Computes one number of a result from those at its place. */
    @FunctionalInterface
    private interface Rule {
        double of(double z, double other, int image);
    }

    /** How much of the picture is left. */
    double signal(long timestep) {
        return timestep == CLEAN ? 1 : Math.sqrt(schedule.alphaCumprod(timestep));
    }

    /** How much noise there is. */
    double noise(long timestep) {
        return timestep == CLEAN ? 0 : Math.sqrt(1 - (double) schedule.alphaCumprod(timestep));
    }

    /**
     * Goes from one timestep to an earlier one.
     *
     * @param sample z_t, [N, C, H, W]
     * @param output what the network predicts
     * @param prediction what that is
     * @param from t of each image
     * @param to s of each image
     * @return z_s, a new array
     */
    INDArray apply(INDArray sample, INDArray output, Prediction prediction, long[] from, long[] to) {
        return each(sample, output, (z, out, image) -> {
            double clean = clean(z, out, prediction, from[image]);
            return signal(to[image]) * clean + noise(to[image]) * epsilon(z, clean, from[image]);
        });
    }

    /**
     * What a student must predict to come in one step to where its teacher came: the picture for which one step ends there
     * (Salimans and Ho 2022, arXiv:2202.00512, algorithm 2), as v.
     *
     * @param sample z_t
     * @param reached z_s
     * @param from t of each image
     * @param to s of each image
     * @return v, a new array
     */
    INDArray target(INDArray sample, INDArray reached, long[] from, long[] to) {
        return each(sample, reached, (z, end, image) -> {
            double ratio = noise(to[image]) / noise(from[image]);
            double clean = (end - ratio * z) / (signal(to[image]) - ratio * signal(from[image]));
            return predicted(z, clean, Prediction.V_PREDICTION, from[image]);
        });
    }

    /**
     * Where steps of a consistency distillation end.
     *
     * @param method which steps
     * @param from t of each image, at which one of these steps begins
     * @return s of each image
     */
    long[] next(Consistency method, long[] from) {
        return Arrays.stream(from)
                .map(timestep -> method.next(timestep, schedule.length()))
                .toArray();
    }

    /**
     * The picture that a consistency model says a noisy one comes to.
     *
     * @param sample z_t, [N, C, H, W]
     * @param output what the network predicts
     * @param prediction what that is
     * @param at t of each image
     * @return x, a new array
     */
    INDArray consistent(INDArray sample, INDArray output, Prediction prediction, long[] at) {
        return each(sample, output, (z, out, image) -> {
            ConsistencyWeights weights = Consistency.weights(at[image]);
            return weights.predicted() * clean(z, out, prediction, at[image]) + weights.sample() * z;
        });
    }

    /**
     * What a consistency model must predict to say a picture.
     *
     * @param sample z_t
     * @param picture what it should say
     * @param prediction what the network predicts
     * @param at t of each image, at which there is noise
     * @return a new array
     */
    INDArray target(INDArray sample, INDArray picture, Prediction prediction, long[] at) {
        return each(sample, picture, (z, wanted, image) -> {
            ConsistencyWeights weights = Consistency.weights(at[image]);
            double clean = (wanted - weights.sample() * z) / weights.predicted();
            return predicted(z, clean, prediction, at[image]);
        });
    }

    private double clean(double z, double out, Prediction prediction, long timestep) {
        double alpha = signal(timestep);
        double sigma = noise(timestep);
        double clean =
                switch (prediction) {
                    case EPSILON -> (z - sigma * out) / alpha;
                    case SAMPLE -> out;
                    case V_PREDICTION -> alpha * z - sigma * out;
                };
        return clips ? Math.max(-1, Math.min(1, clean)) : clean;
    }

    private double epsilon(double z, double clean, long timestep) {
        return (z - signal(timestep) * clean) / noise(timestep);
    }

    private double predicted(double z, double clean, Prediction prediction, long timestep) {
        return switch (prediction) {
            case EPSILON -> epsilon(z, clean, timestep);
            case SAMPLE -> clean;
            case V_PREDICTION -> signal(timestep) * epsilon(z, clean, timestep) - noise(timestep) * clean;
        };
    }

    private static INDArray each(INDArray sample, INDArray other, Rule rule) {
        float[] z = values(sample);
        float[] others = values(other);
        int size = z.length / (int) sample.size(0);
        float[] result = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            result[i] = (float) rule.of(z[i], others[i], i / size);
        }
        return Nd4j.create(result, sample.shape(), 'c');
    }

    private static float[] values(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asFloat();
        }
    }
}
