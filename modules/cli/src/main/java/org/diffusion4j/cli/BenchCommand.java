package org.diffusion4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.OneDnnEngine;
import org.diffusion4j.engine.OneDnnGradients;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.MemoryEstimate;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Times a network. */
@Command(
        name = "bench",
        customSynopsis = "diffusion4j bench --model=MODEL [OPTIONS]",
        description = {
            "Times a network on random input.",
            "",
            "Times its forward pass, or with --train a step of training. Prints the median time in milliseconds and the most"
                    + " memory that the process held, in one line.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j bench --model ddpm-mnist --batch 16",
            "  diffusion4j bench --model ddpm-mnist --batch 16 --train --json"
        })
final class BenchCommand implements Callable<Integer> {
    private static final double LEARNING_RATE = 1e-4;
    private static final double MAX_NORM = 1;
    private static final double AVERAGE_DECAY = 0.999;
    private static final int MOST_WARM_UP = 3600;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description =
                    "A model of the zoo (see diffusion4j models), a diffusers folder, or a folder with nothing but a"
                            + " config.json: the weights are random then.")
    private String model;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Images that go through the network at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--train",
            description =
                    "Time a step of training in place of the forward pass: loss, gradients, clipping, AdamW and the moving"
                            + " average.")
    private boolean train;

    @Option(
            names = "--trainer",
            description =
                    "With --train: also time the trainer, which reads pictures, draws noise and writes metrics while the step"
                            + " runs.")
    private boolean trainer;

    @Option(
            names = "--checkpointing",
            description =
                    "With --train: compute parts of the forward pass twice, in place of keeping all that the backward pass"
                            + " reads.")
    private boolean checkpointing;

    @Mixin
    private EngineOption engine;

    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.AUTO);

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "How long it runs before it is timed, 0 to 3600 (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Option(names = "--json", description = "Print the line as JSON.")
    private boolean json;

    /**
     * The result of timing.
     *
     * @param engine the engine that ran the network
     * @param precision the type of the numbers that it multiplied
     * @param millis the median time of a run, in milliseconds
     * @param peak the most memory that the process held, in MiB
     */
    private record Timing(EngineKind engine, Precision precision, double millis, OptionalLong peak) {}

    @Override
    public Integer call() {
        check("--batch", batch >= 1, "at least 1", batch);
        check("--warm-up", warmUp >= 0 && warmUp <= MOST_WARM_UP, "0 to " + MOST_WARM_UP, warmUp);
        if (trainer && !train) {
            throw new ParameterException(spec.commandLine(), "--trainer: expected --train beside it, found none");
        }
        if (checkpointing && !train) {
            throw new ParameterException(spec.commandLine(), "--checkpointing: expected --train beside it, found none");
        }
        DiffusersModel read = null;
        UNetConfig config = DiffusersFolder.readConfig(Path.of(model)).orElse(null);
        if (config == null) {
            read = ModelOption.read(model, spec);
            config = read.config();
        }
        if (config.sampleSize() == null) {
            throw new Diffusion4jException(model + ": expected a network with a sample_size, found null");
        }
        checkMemory(config);
        UNetGraph network = UNetGraph.of(config);
        if (!train) {
            network.sharedWeights(read != null ? read.weights() : random(config));
        } else if (read != null) {
            network.weights(read.weights()); // what is shared would stay beside the parameters that are trained
        }
        Timing timing = train ? step(network) : forward(network);
        Double whole = trainer
                ? (Double)
                        new TrainerTiming(config, batch, engine, precision.value(), checkpointing).medianMillis(warmUp)
                : null;
        spec.commandLine().getOut().println(json ? asJson(timing, whole) : asText(timing));
        if (trainer && !json) {
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s, batch %d: trainer %.3f ms a step, %.0f %% of the bare step's speed",
                            model,
                            batch,
                            whole,
                            100 * timing.millis / whole));
        }
        return 0;
    }

    private static Map<String, INDArray> random(UNetConfig config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        SameDiff graph = UNetGraph.build(config);
        config.parameterShapes().keySet().forEach(name -> weights.put(name, graph.getArrForVarName(name)));
        return weights;
    }

    private void check(String option, boolean holds, String expected, Object given) {
        if (!holds) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(Locale.ROOT, "%s: expected %s, found %s", option, expected, given));
        }
    }

    /** Refuses a batch that is too large, before anything is allocated. */
    private void checkMemory(UNetConfig config) {
        long most = train
                ? TrainingRun.largestBatch(config, engine.kind(), checkpointing)
                : MemoryEstimate.largestBatch(config);
        if (batch > most) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "--batch: expected at most %d, which this machine's memory holds, found %d",
                    most,
                    batch));
        }
    }

    private Timing forward(UNetGraph network) {
        SameDiff graph = network.build();
        Map<String, INDArray> inputs = inputs(graph);
        INDArray sample = inputs.remove(UNetGraph.SAMPLE);
        INDArray timestep = inputs.remove(UNetGraph.TIMESTEP);
        try (NoisePredictor predictor = engine.open(graph, precision.value())) {
            if (precision.value() == Precision.AUTO) {
                precision.explain(predictor);
            }
            double millis = RepeatedRun.medianMillis(
                    () -> predictor.predict(sample, timestep, inputs).close(), warmUp);
            EngineKind kind = predictor instanceof OneDnnEngine ? EngineKind.ONEDNN : EngineKind.SAMEDIFF;
            return new Timing(kind, PrecisionOption.of(predictor), millis, PeakMemory.megabytes());
        }
    }

    /** Times a step of training. No forward pass runs before it, so the memory is that of the step. */
    private Timing step(UNetGraph network) {
        SameDiff graph = network.training(true).build();
        Map<String, INDArray> inputs = inputs(graph);
        INDArray sample = inputs.remove(UNetGraph.SAMPLE);
        INDArray timestep = inputs.remove(UNetGraph.TIMESTEP);
        INDArray noise = Nd4j.randn(sample.dataType(), sample.shape());
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine gradients = engine.openGradients(graph, parameters, precision.value(), checkpointing);
                AdamW optimizer = new AdamW(parameters, AdamW.Settings.DEFAULT, true, engine.threads())) {
            if (precision.value() == Precision.AUTO) {
                precision.explain(gradients);
            }
            Runnable step = () -> {
                gradients.accumulate(sample, timestep, inputs, output -> meanSquaredErrorGradient(output, noise));
                double norm = optimizer.gradientNorm();
                optimizer.step(LEARNING_RATE, AdamW.clipFactor(norm, MAX_NORM), AVERAGE_DECAY);
            };
            double millis = RepeatedRun.medianMillis(step, warmUp);
            EngineKind kind = gradients instanceof OneDnnGradients ? EngineKind.ONEDNN : EngineKind.SAMEDIFF;
            return new Timing(kind, PrecisionOption.of(gradients), millis, PeakMemory.megabytes());
        }
    }

    /**
     * The gradient of the loss. If a network's output has more channels than its input, it also predicts a variance, which
     * is ignored here.
     */
    private static INDArray meanSquaredErrorGradient(INDArray output, INDArray noise) {
        INDArray target = output.size(1) == noise.size(1) ? noise : Nd4j.zeros(output.dataType(), output.shape());
        return output.sub(target).muli(2.0 / output.length());
    }

    /** Random images and context, with a timestep and a class that every network has, since the time doesn't depend on them. */
    private Map<String, INDArray> inputs(SameDiff graph) {
        Map<String, INDArray> inputs = new HashMap<>();
        for (String name : graph.inputs()) {
            long[] shape = graph.getVariable(name).getShape().clone();
            shape[0] = batch;
            inputs.put(
                    name,
                    switch (name) {
                        case UNetGraph.TIMESTEP -> Nd4j.ones(DataType.FLOAT, shape);
                        case UNetGraph.CLASS_LABELS -> Nd4j.zeros(DataType.INT64, shape);
                        default -> Nd4j.randn(DataType.FLOAT, shape);
                    });
        }
        return inputs;
    }

    private String asText(Timing timing) {
        OptionalLong peak = timing.peak;
        return String.format(
                Locale.ROOT,
                "%s, batch %d: %s %.3f ms (%s, %s, threads: %d)%s",
                model,
                batch,
                train ? "training step" : "forward",
                timing.millis,
                timing.engine.key(),
                timing.precision,
                engine.threads(),
                peak.isPresent() ? ", peak memory " + peak.getAsLong() + " MB" : "");
    }

    private static double rounded(double millis) {
        return Math.rint(millis * 1000) / 1000;
    }

    private String asJson(Timing timing, Double whole) {
        OptionalLong peak = timing.peak;
        double millis = rounded(timing.millis);
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("model", model)
                .put("batch", batch)
                .put("engine", timing.engine.key())
                .put("precision", timing.precision.toString())
                .put("threads", engine.threads())
                .put("forward_ms", train ? null : (Double) millis)
                .put("step_ms", train ? (Double) millis : null)
                .put("peak_rss_mb", peak.isPresent() ? (Long) peak.getAsLong() : null);
        if (whole != null) {
            line.put("trainer_step_ms", rounded(whole));
        }
        return line.toString();
    }
}
