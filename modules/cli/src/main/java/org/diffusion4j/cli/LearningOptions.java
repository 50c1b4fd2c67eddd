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

/** The options of which a {@link TrainingPlan} is made. */
final class LearningOptions {
    /** The defaults of the Java API are also those of the command line. */
    private static final TrainingPlan DEFAULT = TrainingPlan.defaults();

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "How many steps are trained (default: ${DEFAULT-VALUE}).")
    private long steps = DEFAULT.steps();

    @Option(
            names = "--batch",
            paramLabel = "B",
            description =
                    "Pictures that go through the network at once; memory grows with them (default: ${DEFAULT-VALUE}).")
    private int batch = DEFAULT.batchSize();

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            description = "Batches in a step, for a large batch in little memory (default: ${DEFAULT-VALUE}).")
    private int accumulation = DEFAULT.accumulation();

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "Learning rate after warming up (default: 0.0005, or 0.0001 with --model).")
    private Double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "CURVE",
            defaultValue = "cosine",
            description =
                    "How the learning rate goes on then: constant, linear or cosine, the latter two down to 0 (default:"
                            + " ${DEFAULT-VALUE}).")
    private Curve curve;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Steps in which the learning rate grows from 0 (default: a twentieth of all, at most "
                    + LearningRate.MOST_WARM_UP + ").")
    private Long warmUp;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            description = "Weight decay of AdamW (default: ${DEFAULT-VALUE}).")
    private double weightDecay = DEFAULT.adamW().weightDecay();

    @Option(
            names = "--max-gradient-norm",
            paramLabel = "X",
            description = "Gradients whose norm is larger are scaled down to it (default: ${DEFAULT-VALUE}).")
    private double maxGradientNorm = DEFAULT.maxGradientNorm();

    @Option(
            names = "--ema-decay",
            paramLabel = "D",
            description =
                    "The model is a moving average of the weights, of which so much stays in each step, less at the beginning;"
                            + " 0 for the weights themselves (default: 0.9999, or 0 with --lora-rank).")
    private Double emaDecay;

    @Option(
            names = "--prediction",
            paramLabel = "WHAT",
            description =
                    "What the network predicts: epsilon, sample or v_prediction (default: the model's own; epsilon"
                            + " for a new one).")
    private Prediction prediction;

    @Option(
            names = "--zero-snr",
            description =
                    "Change the noise schedule so that nothing of a picture is left at its end, with --prediction v_prediction"
                            + " or sample: pictures become as dark or bright as they should.")
    private boolean zeroSnr;

    @Option(
            names = "--noise-offset",
            paramLabel = "X",
            description =
                    "How much of the noise is the same for a whole channel, such as 0.1; the same aim by other means (default:"
                            + " 0).")
    private double noiseOffset = DEFAULT.noiseOffset();

    @Option(
            names = "--weighting",
            paramLabel = "HOW",
            defaultValue = "simple",
            description =
                    "How much a picture's error counts by its noise: simple (all alike), snr or min_snr (default: ${DEFAULT-VALUE}).")
    private Weighting weighting;

    @Option(
            names = "--snr-gamma",
            paramLabel = "G",
            defaultValue = "5",
            description = "Gamma of min_snr, the most that a picture counts (default: ${DEFAULT-VALUE}).")
    private double snrGamma;

    @Option(
            names = "--label-dropout",
            paramLabel = "P",
            description =
                    "Share of pictures that are trained without their class or caption, 0 to 1, which guidance needs (default:"
                            + " 0.1, or 0 with --distill).")
    private Double labelDropout;

    @Option(
            names = "--freeze",
            paramLabel = "REGEX",
            description =
                    "Parameters whose whole name matches keep their values, such as down_blocks.0.*, or unet.down_blocks.0.* in a"
                            + " model that reads texts; may be given several times.")
    private List<String> frozen = List.of();

    @Option(
            names = "--seed",
            paramLabel = "K",
            description =
                    "Decides on everything random: the same seed gives the same model (default: ${DEFAULT-VALUE}).")
    private long seed = DEFAULT.seed();

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

    /** The weight of an image's error. */
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
     * @param fineTune whether the model was trained before
     * @param average the usual decay of the average; 0 for none
     * @param distilled whether it learns from a teacher, guidance included
     * @throws IllegalArgumentException whose message begins with the option's name
     */
    TrainingPlan plan(boolean fineTune, double average, boolean distilled) {
        double decay = emaDecay == null ? average : emaDecay;
        LearningRate usual = LearningRate.usual(fineTune, steps);
        double rate = learningRate != null ? learningRate : usual.base();
        long warming = warmUp != null ? warmUp : usual.warmupSteps();
        AdamW.Settings adam = DEFAULT.adamW();
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(batch)
                .accumulation(accumulation)
                .learningRate(new LearningRate(rate, warming, curve.over(steps)))
                .adamW(new AdamW.Settings(adam.beta1(), adam.beta2(), adam.eps(), weightDecay))
                .maxGradientNorm(maxGradientNorm)
                .ema(decay == 0 ? null : EmaDecay.warmingUp(decay))
                .prediction(prediction)
                .zeroSnr(zeroSnr)
                .noiseOffset(noiseOffset)
                .weighting(weighting.of(snrGamma))
                .labelDropout(labelDropout != null ? labelDropout : distilled ? 0 : DEFAULT.labelDropout())
                .frozen(frozen)
                .seed(seed)
                .build();
    }
}
