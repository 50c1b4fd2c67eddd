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
        float[] z = values(sample);
        float[] out = values(output);
        int each = z.length / from.length;
        float[] result = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            int image = i / each;
            double alpha = signal(from[image]);
            double sigma = noise(from[image]);
            double clean = clean(z[i], out[i], prediction, alpha, sigma);
            double epsilon = (z[i] - alpha * clean) / sigma;
            result[i] = (float) (signal(to[image]) * clean + noise(to[image]) * epsilon);
        }
        return Nd4j.create(result, sample.shape(), 'c');
    }

    private double clean(double z, double out, Prediction prediction, double alpha, double sigma) {
        double clean =
                switch (prediction) {
                    case EPSILON -> (z - sigma * out) / alpha;
                    case SAMPLE -> out;
                    case V_PREDICTION -> alpha * z - sigma * out;
                };
        return clips ? Math.max(-1, Math.min(1, clean)) : clean;
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
        float[] z = values(sample);
        float[] out = values(output);
        int each = z.length / at.length;
        float[] result = new float[z.length];
        for (int image = 0; image < at.length; image++) {
            double alpha = signal(at[image]);
            double sigma = noise(at[image]);
            ConsistencyWeights weights = Consistency.weights(at[image]);
            for (int i = image * each; i < (image + 1) * each; i++) {
                double clean = clean(z[i], out[i], prediction, alpha, sigma);
                result[i] = (float) (weights.predicted() * clean + weights.sample() * z[i]);
            }
        }
        return Nd4j.create(result, sample.shape(), 'c');
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
        float[] z = values(sample);
        float[] wanted = values(picture);
        int each = z.length / at.length;
        float[] result = new float[z.length];
        for (int image = 0; image < at.length; image++) {
            double alpha = signal(at[image]);
            double sigma = noise(at[image]);
            ConsistencyWeights weights = Consistency.weights(at[image]);
            for (int i = image * each; i < (image + 1) * each; i++) {
                double clean = (wanted[i] - weights.sample() * z[i]) / weights.predicted();
                result[i] = (float)
                        switch (prediction) {
                            case EPSILON -> (z[i] - alpha * clean) / sigma;
                            case SAMPLE -> clean;
                            case V_PREDICTION -> velocity(z[i], clean, alpha, sigma);
                        };
            }
        }
        return Nd4j.create(result, sample.shape(), 'c');
    }

    /** v of a noisy number and the one that it is to come from. */
    private static double velocity(double z, double clean, double alpha, double sigma) {
        double epsilon = (z - alpha * clean) / sigma;
        return alpha * epsilon - sigma * clean;
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
        float[] z = values(sample);
        float[] end = values(reached);
        int each = z.length / from.length;
        float[] result = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            int image = i / each;
            double alpha = signal(from[image]);
            double sigma = noise(from[image]);
            double ratio = noise(to[image]) / sigma;
            double clean = (end[i] - ratio * z[i]) / (signal(to[image]) - ratio * alpha);
            result[i] = (float) velocity(z[i], clean, alpha, sigma);
        }
        return Nd4j.create(result, sample.shape(), 'c');
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
