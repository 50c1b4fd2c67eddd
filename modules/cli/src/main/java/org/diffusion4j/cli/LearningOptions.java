package org.diffusion4j.cli;

import java.util.List;
import java.util.Locale;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.TrainingPlan;
import picocli.CommandLine.Option;

/** What a {@link TrainingPlan} is made of. */
final class LearningOptions {
    private static final double SCRATCH_RATE = 5e-4;
    private static final double FINE_TUNE_RATE = 1e-4;
    private static final long MOST_WARM_UP = 500;
    private static final long WARM_UP_SHARE = 20;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Steps of the optimiser (default: ${DEFAULT-VALUE}).")
    private long steps;

    @Option(
            names = "--batch",
            paramLabel = "B",
            defaultValue = "16",
            description = "Images that go through the network at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            defaultValue = "1",
            description = "Batches that make a step (default: ${DEFAULT-VALUE}).")
    private int accumulation;

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "Learning rate after warming up (default: " + SCRATCH_RATE + ", or " + FINE_TUNE_RATE
                    + " with --model).")
    private Double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "CURVE",
            defaultValue = "cosine",
            description = "What the learning rate does then: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Curve curve;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Steps in which the learning rate grows from 0 (default: a twentieth of all, at most "
                    + MOST_WARM_UP + ").")
    private Long warmUp;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            defaultValue = "0.01",
            description = "AdamW's (default: ${DEFAULT-VALUE}).")
    private double weightDecay;

    @Option(
            names = "--max-gradient-norm",
            paramLabel = "X",
            defaultValue = "1",
            description = "Norm that gradients are clipped to (default: ${DEFAULT-VALUE}).")
    private double maxGradientNorm;

    @Option(
            names = "--ema-decay",
            paramLabel = "D",
            defaultValue = "0.9999",
            description = "Most that stays, in a step, of the weights' moving average, which is the result; 0 for no"
                    + " average (default: ${DEFAULT-VALUE}).")
    private double emaDecay;

    @Option(
            names = "--prediction",
            paramLabel = "WHAT",
            description =
                    "What the network predicts: epsilon, sample or v_prediction (default: the model's own; epsilon"
                            + " for a new one).")
    private Prediction prediction;

    @Option(
            names = "--weighting",
            paramLabel = "HOW",
            defaultValue = "simple",
            description = "How much an image's error counts: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Weighting weighting;

    @Option(
            names = "--snr-gamma",
            paramLabel = "G",
            defaultValue = "5",
            description = "The limit of min_snr (default: ${DEFAULT-VALUE}).")
    private double snrGamma;

    @Option(
            names = "--label-dropout",
            paramLabel = "P",
            defaultValue = "0.1",
            description = "Share of pictures that lose their class, for guidance (default: ${DEFAULT-VALUE}).")
    private double labelDropout;

    @Option(
            names = "--freeze",
            paramLabel = "REGEX",
            description = "Parameters whose whole name matches stay as they are; may be given several times.")
    private List<String> frozen = List.of();

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "0",
            description = "Decides on all that is random (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** What the learning rate does after warming up. */
    private enum Curve {
        CONSTANT,
        LINEAR,
        COSINE;

        LearningRate.Curve over(long steps) {
            return switch (this) {
                case CONSTANT -> new LearningRate.Constant();
                case LINEAR -> new LearningRate.Linear(steps);
                case COSINE -> new LearningRate.Cosine(steps);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How much an image's error counts. */
    private enum Weighting {
        SIMPLE,
        SNR,
        MIN_SNR;

        LossWeighting of(double gamma) {
            return switch (this) {
                case SIMPLE -> LossWeighting.simple();
                case SNR -> LossWeighting.snr();
                case MIN_SNR -> LossWeighting.minSnr(gamma);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    long seed() {
        return seed;
    }

    long steps() {
        return steps;
    }

    /**
     * @param fineTune whether the model has learnt already
     * @throws IllegalArgumentException whose message begins with the option's name
     */
    TrainingPlan plan(boolean fineTune) {
        long warming = warmUp == null ? Math.min(MOST_WARM_UP, steps / WARM_UP_SHARE) : warmUp;
        double rate = learningRate != null ? learningRate : fineTune ? FINE_TUNE_RATE : SCRATCH_RATE;
        AdamW.Settings adam = AdamW.Settings.DEFAULT;
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(batch)
                .accumulation(accumulation)
                .learningRate(new LearningRate(rate, warming, curve.over(steps)))
                .adamW(new AdamW.Settings(adam.beta1(), adam.beta2(), adam.eps(), weightDecay))
                .maxGradientNorm(maxGradientNorm)
                .ema(emaDecay == 0 ? null : EmaDecay.warmingUp(emaDecay))
                .prediction(prediction)
                .weighting(weighting.of(snrGamma))
                .labelDropout(labelDropout)
                .frozen(frozen)
                .seed(seed)
                .build();
    }
}
