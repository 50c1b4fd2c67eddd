package org.diffusion4j.diffusion.sampler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The steps of {@link UniPcConfig}. */
final class UniPcSampler extends SolverSampler {
    private final UniPcConfig config;

    UniPcSampler(UniPcConfig config, Steps steps) {
        super(new SolverPlan(
                        config,
                        config.sigmaMin(),
                        config.sigmaMax(),
                        Double.NEGATIVE_INFINITY,
                        config.useKarrasSigmas(),
                        true)
                .points(steps));
        this.config = config;
    }

    /** The history has the corrected sample that the step before began with, then the predictions, the newest first. */
    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        int step = state.step();
        Objects.checkIndex(step, steps());
        NoiseLevel level = level(step);
        Checks.shape("model output", modelOutput, state.sample());
        INDArray denoised = level.denoised(config.predictionType(), modelOutput, state.sample());
        INDArray integrated;
        if (config.predictX0()) {
            denoised = Clipping.threshold(config, denoised);
            integrated = denoised;
        } else {
            integrated = level.noise(config.predictionType(), modelOutput, state.sample());
        }
        INDArray sample = state.done() > 0 && !config.disableCorrector().contains(step - 1)
                ? corrected(state, integrated)
                : state.sample().dup();
        List<INDArray> before = state.history();
        List<INDArray> outputs =
                DpmMultistep.withNewest(integrated, before.isEmpty() ? before : before.subList(1, before.size()));
        INDArray next = predicted(step, order(step, state.done()), sample, outputs);
        List<INDArray> history = new ArrayList<>();
        history.add(sample);
        history.addAll(outputs.subList(0, Math.min(outputs.size(), config.solverOrder())));
        return state.next(next, denoised, history);
    }

    /** The order of a step's predictor, and of the corrector of its result. */
    private int order(int step, int done) {
        int most = config.lowerOrderFinal() ? Math.min(config.solverOrder(), steps() - step) : config.solverOrder();
        return Math.min(most, done + 1);
    }

    /** The order without points that coincide, since these say nothing about a slope. */
    private int distinct(int step, int order) {
        int distinct = 1;
        while (distinct < order
                && level(step - distinct).lambda() != level(step - distinct + 1).lambda()) {
            distinct++;
        }
        return distinct;
    }

    private INDArray predicted(int step, int order, INDArray sample, List<INDArray> outputs) {
        double h = length(step);
        if (level(step + 1).sigma() == 0 || h == 0) {
            return sum(step, sample, outputs, new double[] {}, 0);
        }
        int distinct = distinct(step, order);
        double[] ratios = ratios(step, distinct, h);
        double[] weights =
                switch (distinct) {
                    case 1 -> new double[] {};
                    case 2 -> new double[] {0.5};
                    default -> solved(ratios, h, distinct - 1);
                };
        return sum(step, sample, outputs, divided(weights, ratios), bh(h));
    }

    /** A step's sample, corrected with the prediction for it. */
    private INDArray corrected(WalkState state, INDArray integrated) {
        int before = state.step() - 1;
        double h = length(before);
        if (h == 0) {
            return state.sample().dup();
        }
        List<INDArray> outputs = state.history().subList(1, state.history().size());
        int distinct = distinct(before, order(before, state.done() - 1));
        double[] ratios = ratios(before, distinct, h);
        double[] weights = distinct == 1 ? new double[] {0.5} : solved(ratios, h, distinct);
        double[] older = divided(Arrays.copyOf(weights, distinct - 1), ratios);
        INDArray sample = sum(before, state.history().get(0), outputs, older, bh(h));
        double newest = -scale(before) * bh(h) * weights[distinct - 1];
        LinearCombination.add(sample, newest, integrated);
        return LinearCombination.add(sample, -newest, outputs.get(0));
    }

    private double length(int step) {
        return level(step + 1).lambda() - level(step).lambda();
    }

    /** The positions of the points before, in units of the step's length, then that of the next point: such as -1.3, -2.1, 1. */
    private double[] ratios(int step, int order, double h) {
        double[] ratios = new double[order];
        for (int i = 1; i < order; i++) {
            ratios[i - 1] = (level(step - i).lambda() - level(step).lambda()) / h;
        }
        ratios[order - 1] = 1;
        return ratios;
    }

    /** The weights that give a step its order: the solution of Σ_m weight_m · ratio_m^(i−1) = i!·φ_(i+1)·h/B(h). */
    private double[] solved(double[] ratios, double h, int order) {
        double signed = config.predictX0() ? -h : h;
        RealMatrix powers = MatrixUtils.createRealMatrix(order, order);
        double[] right = new double[order];
        double factorial = 1;
        for (int i = 0; i < order; i++) {
            factorial *= i + 1;
            right[i] = factorial * Phi.of(i + 2, signed) * signed / bh(h);
            for (int m = 0; m < order; m++) {
                powers.setEntry(i, m, Math.pow(ratios[m], i));
            }
        }
        return new LUDecomposition(powers, 0)
                .getSolver()
                .solve(new ArrayRealVector(right, false))
                .toArray();
    }

    private double bh(double h) {
        double signed = config.predictX0() ? -h : h;
        return config.solverType() == SolverType.BH1 ? signed : Math.expm1(signed);
    }

    private static double[] divided(double[] weights, double[] ratios) {
        double[] divided = new double[weights.length];
        Arrays.setAll(divided, i -> weights[i] / ratios[i]);
        return divided;
    }

    private double scale(int step) {
        NoiseLevel to = level(step + 1);
        return config.predictX0() ? to.alpha() : to.sigma();
    }

    /** The step of order 1 plus the weighted differences of older predictions from the newest one. */
    private INDArray sum(int step, INDArray sample, List<INDArray> outputs, double[] weights, double bh) {
        NoiseLevel from = level(step);
        NoiseLevel to = level(step + 1);
        double factor = config.predictX0() ? to.sigma() / from.sigma() : to.alpha() / from.alpha();
        double newest = config.predictX0()
                ? -to.alpha() * Math.expm1(-length(step))
                // This is −σ·(exp(h) − 1) in a form that stays finite without noise.
                : to.sigma() - to.alpha() * from.sigma() / from.alpha();
        INDArray sum = sample.mul(factor);
        for (int i = 0; i < weights.length; i++) {
            double weight = -scale(step) * bh * weights[i];
            LinearCombination.add(sum, weight, outputs.get(i + 1));
            newest -= weight;
        }
        return LinearCombination.add(sum, newest, outputs.get(0));
    }
}
