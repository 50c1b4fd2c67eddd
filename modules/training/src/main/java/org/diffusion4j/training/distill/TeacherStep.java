package org.diffusion4j.training.distill;

import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Steps of DDIM without noise (Song et al. 2021, arXiv:2010.02502, equation 12), each image at a timestep of its own, whose
 * predicted pictures are clipped to [-1, 1] and whose noise is then what belongs to them.
 *
 * @param schedule how noisy each timestep is
 */
record TeacherStep(NoiseSchedule schedule) {
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
            double clean =
                    switch (prediction) {
                        case EPSILON -> (z[i] - sigma * out[i]) / alpha;
                        case SAMPLE -> out[i];
                        case V_PREDICTION -> alpha * z[i] - sigma * out[i];
                    };
            clean = Math.max(-1, Math.min(1, clean));
            double epsilon = (z[i] - alpha * clean) / sigma;
            result[i] = (float) (signal(to[image]) * clean + noise(to[image]) * epsilon);
        }
        return Nd4j.create(result, sample.shape(), 'c');
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
            double epsilon = (z[i] - alpha * clean) / sigma;
            result[i] = (float) (alpha * epsilon - sigma * clean);
        }
        return Nd4j.create(result, sample.shape(), 'c');
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
