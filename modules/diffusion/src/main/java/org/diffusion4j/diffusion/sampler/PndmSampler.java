package org.diffusion4j.diffusion.sampler;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The steps of {@link PndmConfig}. The history is the model outputs that the multistep method needs, the newest last.
 * Between the parts of a step, they are preceded by the sample that the step began with, and in Runge and Kutta's method,
 * after that sample, by the sum of the model outputs so far.
 *
 * <p>As in diffusers, which part comes next depends only on how many were done since the walk began: a walk that starts in
 * the middle begins with the first part, and takes that part's timestep from the beginning of a whole walk.
 */
final class PndmSampler extends AlphaSampler {
    /** The order of the multistep method. */
    static final int ORDER = 4;
    /** The weights of the four model outputs in a step of Runge and Kutta's method. */
    private static final double[] PARTS = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};

    private final PndmConfig config;
    /** The number of timesteps from one step to the next. */
    private final int stride;
    /** How many of the first timesteps belong to Runge and Kutta's method. */
    private final int prkParts;

    PndmSampler(PndmConfig config, long[] spaced, int stride) {
        super(config.noise(), config.skipPrkSteps() ? withRepeated(spaced) : withParts(spaced, stride));
        this.config = config;
        this.stride = stride;
        prkParts = config.skipPrkSteps() ? 0 : PARTS.length * (ORDER - 1);
    }

    /** The timesteps with the second one repeated, as it is visited twice. */
    private static long[] withRepeated(long[] spaced) {
        return spaced.length == 1
                ? spaced
                : LongStream.concat(
                                LongStream.of(spaced[0], spaced[1]),
                                LongStream.of(spaced).skip(1))
                        .toArray();
    }

    /** The timesteps with those of the parts of the first three steps: two parts half-way and one at the end. */
    private static long[] withParts(long[] spaced, int stride) {
        LongStream.Builder timesteps = LongStream.builder();
        for (int step = 0; step < ORDER - 1; step++) {
            long halfWay = spaced[step + 1] + stride / 2;
            timesteps.add(spaced[step]).add(halfWay).add(halfWay).add(spaced[step + 1]);
        }
        return LongStream.concat(timesteps.build(), LongStream.of(spaced).skip(ORDER - 1))
                .toArray();
    }

    @Override
    public boolean drawsNoise(int step) {
        timestep(step);
        return false;
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        long timestep = timestep(state.step());
        Checks.shape("model output", modelOutput, state.sample());
        INDArray denoised = config.predictionType().denoised(modelOutput, state.sample(), alphaCumprod(timestep));
        if (state.done() < prkParts) {
            return part(state, modelOutput, denoised);
        }
        if (config.skipPrkSteps() && state.done() == 1) {
            return corrected(state, modelOutput, denoised);
        }
        List<INDArray> outputs = new ArrayList<>(Adams.newest(state.history()));
        outputs.add(modelOutput.dup());
        INDArray slope = Adams.slope(outputs);
        INDArray next = transfer(state.sample(), timestep, timestep - stride, slope);
        slope.close();
        if (config.skipPrkSteps() && state.done() == 0) {
            outputs.add(0, state.sample());
        }
        return state.next(next, denoised, outputs);
    }

    /** Does one part of a step of Runge and Kutta's method (equation 13). */
    private WalkState part(WalkState state, INDArray modelOutput, INDArray denoised) {
        int part = state.done() % PARTS.length;
        boolean first = part == 0;
        boolean last = part == PARTS.length - 1;
        INDArray start = first ? state.sample() : state.history().get(0);
        INDArray sum = first
                ? modelOutput.mul(PARTS[0])
                : LinearCombination.of(1, state.history().get(1), PARTS[part], modelOutput);
        List<INDArray> outputs = new ArrayList<>(
                first
                        ? state.history()
                        : state.history().subList(2, state.history().size()));
        if (first) {
            outputs.add(modelOutput.dup());
        }
        long from = timesteps[state.done() - part];
        long to = timestep(state.step()) - (part % 2 == 0 ? stride / 2 : 0);
        INDArray next = transfer(start, from, to, last ? sum : modelOutput);
        if (last) {
            sum.close();
        } else {
            outputs.addAll(0, List.of(start, sum));
        }
        return state.next(next, denoised, outputs);
    }

    /** Repeats the first step with the mean of the model outputs at its start and its end (equation 12). */
    private WalkState corrected(WalkState state, INDArray modelOutput, INDArray denoised) {
        INDArray start = state.history().get(0);
        INDArray first = state.history().get(1);
        long timestep = timestep(state.step());
        INDArray mean = LinearCombination.of(0.5, modelOutput, 0.5, first);
        INDArray next = transfer(start, timestep + stride, timestep, mean);
        mean.close();
        return state.next(next, denoised, List.of(first));
    }

    /** Goes from one timestep to another with a given model output (equation 9). */
    private INDArray transfer(INDArray sample, long from, long to, INDArray modelOutput) {
        double alpha = alphaCumprod(from);
        double alphaTo = to >= 0 ? alphaCumprod(to) : finalAlpha();
        double scale = Math.sqrt(alphaTo / alpha);
        double divisor = alpha * Math.sqrt(1 - alphaTo) + Math.sqrt(alpha * (1 - alpha) * alphaTo);
        // If neither timestep had noise, this would be 0/0.
        double factor = alphaTo == alpha ? 0 : (alpha - alphaTo) / divisor;
        if (config.predictionType() == Prediction.V_PREDICTION) {
            // The factor comes from ε = √ᾱ·v + √(1−ᾱ)·x.
            return LinearCombination.of(
                    scale + factor * Math.sqrt(1 - alpha), sample, factor * Math.sqrt(alpha), modelOutput);
        }
        return LinearCombination.of(scale, sample, factor, modelOutput);
    }

    private double finalAlpha() {
        return config.setAlphaToOne() ? 1 : alphaCumprod(0);
    }
}
