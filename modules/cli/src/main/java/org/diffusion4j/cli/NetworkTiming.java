package org.diffusion4j.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.CompiledGraph;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.FloatingPointOperations;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.OneDnnGradients;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.engine.SameDiffGraph;
import org.diffusion4j.engine.onednn.PlainConvolution;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.file.PeakMemory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures a network on random input, and after it a plain convolution by oneDNN, whose rate says what the processor does at
 * that time.
 *
 * @param batch the number of images
 * @param engine what runs the network
 * @param threads the number of threads that compute
 * @param precision the type of the numbers that are multiplied
 * @param warmUp the seconds before it is timed
 */
record NetworkTiming(int batch, EngineChoice engine, int threads, PrecisionOption precision, double warmUp) {
    private static final double LEARNING_RATE = 1e-4;
    private static final double MAX_NORM = 1;
    private static final double AVERAGE_DECAY = 0.999;
    private static final double PLAIN_WARM_UP = 0.5;

    /** Measures the forward pass of a network. */
    Timing forward(UNetGraph network) {
        SameDiff graph = network.build();
        Map<String, INDArray> inputs = inputs(graph);
        INDArray sample = inputs.remove(UNetGraph.SAMPLE);
        INDArray timestep = inputs.remove(UNetGraph.TIMESTEP);
        try (NoisePredictor predictor = engine.open(graph, threads, precision.value())) {
            if (precision.value() == Precision.AUTO) {
                precision.explain(predictor);
            }
            double millis = RepeatedRun.medianMillis(
                    () -> predictor.predict(sample, timestep, inputs).close(), warmUp);
            // AUTO falls back on SameDiff for a graph that the compiler doesn't know.
            EngineKind kind = predictor instanceof SameDiffEngine
                    ? EngineKind.SAMEDIFF
                    : engine.kind().here();
            return timing(
                    kind,
                    PrecisionOption.of(predictor),
                    millis,
                    () -> FloatingPointOperations.forward(graph, List.of(UNetGraph.OUTPUT), batch));
        }
    }

    /** Measures the forward pass of any network. */
    Timing forward(SameDiff graph, List<String> outputs) {
        Map<String, INDArray> inputs = inputs(graph);
        try (GraphEngine network = engine.kind().openGraph(graph, outputs, threads, precision.value())) {
            double millis =
                    RepeatedRun.medianMillis(() -> network.run(inputs).values().forEach(INDArray::close), warmUp);
            EngineKind kind = network instanceof SameDiffGraph
                    ? EngineKind.SAMEDIFF
                    : engine.kind().here();
            Precision taken = network instanceof CompiledGraph compiled ? compiled.precision() : Precision.FP32;
            return timing(kind, taken, millis, () -> FloatingPointOperations.forward(graph, outputs, batch));
        }
    }

    /** Measures a step of training. No forward pass runs before it, so the memory is that of the step. {@code checkpointing} is {@code --checkpointing}. */
    Timing step(UNetGraph network, boolean checkpointing) {
        SameDiff graph = network.training(true).build();
        Map<String, INDArray> inputs = inputs(graph);
        INDArray sample = inputs.remove(UNetGraph.SAMPLE);
        INDArray timestep = inputs.remove(UNetGraph.TIMESTEP);
        INDArray noise = Nd4j.randn(sample.dataType(), sample.shape());
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine gradients =
                        engine.openGradients(graph, parameters, threads, precision.value(), checkpointing);
                AdamW optimizer = new AdamW(parameters, AdamW.Settings.DEFAULT, true, threads)) {
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
            return timing(
                    kind,
                    PrecisionOption.of(gradients),
                    millis,
                    () -> FloatingPointOperations.bothPasses(graph, parameters.names(), batch));
        }
    }

    private Timing timing(EngineKind kind, Precision taken, double millis, Supplier<OptionalLong> operations) {
        OptionalLong peak = PeakMemory.megabytes(); // before anything else takes memory
        OptionalLong counted = operations.get();
        OptionalDouble gflop =
                counted.isPresent() ? OptionalDouble.of(counted.getAsLong() / 1e9) : OptionalDouble.empty();
        return new Timing(kind, taken, millis, peak, gflop, plainRate(taken));
    }

    private OptionalDouble plainRate(Precision taken) {
        if (EngineKind.AUTO.here() != EngineKind.ONEDNN) {
            return OptionalDouble.empty();
        }
        try (PlainConvolution convolution = new PlainConvolution(threads, taken == Precision.BF16)) {
            return OptionalDouble.of(
                    convolution.operations() / 1e6 / RepeatedRun.medianMillis(convolution::run, PLAIN_WARM_UP));
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
            boolean whole = graph.getVariable(name).dataType().isIntType();
            inputs.put(
                    name,
                    name.equals(UNetGraph.TIMESTEP)
                            ? Nd4j.ones(DataType.FLOAT, shape)
                            : whole ? Nd4j.zeros(DataType.INT64, shape) : Nd4j.randn(DataType.FLOAT, shape));
        }
        return inputs;
    }
}
