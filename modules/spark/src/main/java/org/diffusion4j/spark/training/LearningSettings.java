package org.diffusion4j.spark.training;

import java.util.List;
import java.util.Set;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDifference;
import org.diffusion4j.training.run.RunOptions;
import picocli.CommandLine.Option;

/** The options of which a {@link TrainingPlan} and {@link RunOptions} are made; names and defaults are those of {@code train}. */
final class LearningSettings {
    private static final TrainingPlan PLAN = TrainingPlan.defaults();
    private static final RunOptions RUN = RunOptions.defaults();

    @Option(names = "--steps", paramLabel = "N", description = "Steps (default: ${DEFAULT-VALUE}).")
    private long steps = PLAN.steps();

    @Option(
            names = "--batch",
            paramLabel = "B",
            description = "Pictures that go through the network at once (default: ${DEFAULT-VALUE}).")
    private int batch = PLAN.batchSize();

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            description = "Batches in a step, which the workers share (default: ${DEFAULT-VALUE}).")
    private int accumulation = PLAN.accumulation();

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "Learning rate after warming up (default: 0.0005, or 0.0001 with --model).")
    private Double learningRate;

    @Option(names = "--warm-up", paramLabel = "N", description = "Steps in which the learning rate grows from 0.")
    private Long warmUp;

    @Option(names = "--weight-decay", paramLabel = "D", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    private double weightDecay = PLAN.adamW().weightDecay();

    @Option(
            names = "--max-gradient-norm",
            paramLabel = "X",
            description = "Gradients whose norm is larger are scaled down to it (default: ${DEFAULT-VALUE}).")
    private double maxGradientNorm = PLAN.maxGradientNorm();

    @Option(
            names = "--ema-decay",
            paramLabel = "D",
            defaultValue = "0.9999",
            description = "Of the moving average; 0 for none (default: ${DEFAULT-VALUE}).")
    private double emaDecay;

    @Option(names = "--prediction", paramLabel = "WHAT", description = "epsilon, sample or v_prediction.")
    private Prediction prediction;

    @Option(
            names = "--label-dropout",
            paramLabel = "P",
            description = "Share of pictures that are trained without their class (default: ${DEFAULT-VALUE}).")
    private double labelDropout = PLAN.labelDropout();

    @Option(names = "--freeze", paramLabel = "REGEX", description = "Parameters that keep their values.")
    private List<String> frozen = List.of();

    @Option(names = "--seed", paramLabel = "K", description = "Of everything random (default: ${DEFAULT-VALUE}).")
    private long seed = PLAN.seed();

    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = "auto", description = "What runs the network.")
    private String engine;

    @Option(
            names = "--threads",
            paramLabel = "T",
            defaultValue = "1",
            description =
                    "Of each task, and of a single machine that comes to the same bits; as many as spark.task.cpus"
                            + " (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--precision",
            paramLabel = "PRECISION",
            defaultValue = "fp32",
            description = "fp32, bf16 or auto (default: ${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(names = "--resume", description = "Go on where an earlier run in --out ended.")
    private boolean resume;

    @Option(names = "--allow", paramLabel = "WHAT,…", split = ",", description = "With --resume: what may differ.")
    private List<RunDifference> allowed = List.of();

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "Steps (default: ${DEFAULT-VALUE}).")
    private long checkpointEvery = RUN.checkpointEvery();

    @Option(names = "--keep", paramLabel = "N", description = "Checkpoints that stay (default: ${DEFAULT-VALUE}).")
    private int keep = RUN.keep();

    @Option(
            names = "--sample-every",
            paramLabel = "N",
            description = "Steps from one grid of pictures to the next; 0 for none (default: ${DEFAULT-VALUE}).")
    private long sampleEvery = RUN.sampleEvery();

    @Option(names = "--sample-images", paramLabel = "N", description = "Pictures in it (default: ${DEFAULT-VALUE}).")
    private int sampleImages = RUN.sampleImages();

    @Option(names = "--checkpointing", description = "Less memory, more time, the same weights.")
    private boolean checkpointing;

    /** @throws IllegalArgumentException whose message begins with the option's name */
    TrainingPlan plan(boolean fineTune) {
        LearningRate usual = LearningRate.usual(fineTune, steps);
        AdamW.Settings adam = PLAN.adamW();
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(batch)
                .accumulation(accumulation)
                .learningRate(new LearningRate(
                        learningRate == null ? usual.base() : learningRate,
                        warmUp == null ? usual.warmupSteps() : warmUp,
                        new LearningRate.Cosine(steps)))
                .adamW(new AdamW.Settings(adam.beta1(), adam.beta2(), adam.eps(), weightDecay))
                .maxGradientNorm(maxGradientNorm)
                .ema(emaDecay == 0 ? null : EmaDecay.warmingUp(emaDecay))
                .prediction(prediction)
                .labelDropout(labelDropout)
                .frozen(frozen)
                .seed(seed)
                .build();
    }

    /** @throws IllegalArgumentException whose message begins with the option's name */
    RunOptions options() {
        if (!resume && !allowed.isEmpty()) {
            throw new IllegalArgumentException("allow: expected --resume beside it, found none");
        }
        return RunOptions.builder()
                .checkpointEvery(checkpointEvery)
                .keep(keep)
                .sampleEvery(sampleEvery)
                .sampleImages(sampleImages)
                .engine(EngineKind.of(engine))
                .threads(threads)
                .precision(precision)
                .checkpointing(checkpointing)
                .resume(resume)
                .allowed(Set.copyOf(allowed))
                .build();
    }
}
