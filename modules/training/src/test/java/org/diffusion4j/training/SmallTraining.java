package org.diffusion4j.training;

import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The smallest network in training, on noise. */
final class SmallTraining implements AutoCloseable {
    static final UNetConfig CONFIG = UNetPreset.TINY.config();
    static final INDArray SAMPLE =
            Nd4j.linspace(-1, 1, 2 * 192).castTo(DataType.FLOAT).reshape(2, 3, 8, 8);
    static final INDArray TIMESTEP = Nd4j.createFromArray(20L, 700L);

    private static final DiffusionLoss LOSS =
            new DiffusionLoss(new NoiseSchedule(new DdpmConfig()), Prediction.EPSILON, LossWeighting.simple());

    final SameDiff graph = UNetGraph.of(CONFIG).training(true).build();
    final FlatParameters parameters = new FlatParameters(graph);
    final AdamW optimiser = new AdamW(parameters, AdamW.Settings.DEFAULT, true, 1);
    private final GradientEngine gradients;

    SmallTraining(EngineKind engine, int threads) {
        gradients = engine.openGradients(graph, parameters, false, threads);
    }

    /** @return the loss before it */
    double step() {
        BatchLoss loss = new BatchLoss(LOSS, SAMPLE, TIMESTEP.toLongVector(), 1);
        gradients.accumulate(SAMPLE, TIMESTEP, Map.of(), loss);
        optimiser.step(1e-3, AdamW.clipFactor(optimiser.gradientNorm(), 1), EmaDecay.DEFAULT.at(optimiser.steps()));
        return loss.value();
    }

    @Override
    public void close() {
        gradients.close();
        optimiser.close();
    }
}
