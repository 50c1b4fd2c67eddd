package org.diffusion4j.training;

import java.util.Map;
import org.diffusion4j.engine.Optimizer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** One of ND4J's optimisers over the flat parameters. */
final class UpdaterOptimizer implements Optimizer {
    private static final String STATE = "updater_state";

    private final FlatParameters parameters;
    private final IUpdater settings;
    private final INDArray state;
    private final INDArray average;
    private final GradientUpdater<?> updater;
    private long step;

    /**
     * An optimiser before its first step, whose average is a copy of the parameters.
     *
     * @param parameters the parameters that it changes
     * @param updater which one; it isn't changed
     * @param averaged whether a moving average of the parameters is kept
     */
    UpdaterOptimizer(FlatParameters parameters, IUpdater updater, boolean averaged) {
        this.parameters = parameters;
        this.settings = updater.clone();
        long length = settings.stateSize(parameters.values().length());
        // A row, as ND4J's networks give it.
        this.state = length == 0 ? null : Nd4j.create(DataType.FLOAT, 1, length);
        this.average = averaged ? parameters.values().dup() : null;
        this.updater = settings.instantiate(state, true);
    }

    @Override
    public double gradientNorm() {
        return parameters.gradients().norm2Number().doubleValue();
    }

    @Override
    public void step(double learningRate, double gradientScale, double averageDecay) {
        if (settings.hasLearningRate()) {
            settings.setLrAndSchedule(learningRate, null);
        }
        INDArray gradients = parameters.gradients();
        gradients.muli(gradientScale);
        updater.applyUpdater(gradients.reshape('c', 1, gradients.length()), Math.toIntExact(step), 0);
        parameters.values().subi(gradients);
        gradients.assign(0);
        if (average != null) {
            average.muli(averageDecay);
            try (INDArray share = parameters.values().mul(1 - averageDecay)) {
                average.addi(share);
            }
        }
        step++;
    }

    @Override
    public Map<String, INDArray> moments() {
        return state == null ? Map.of() : Map.of(STATE, state);
    }

    @Override
    public INDArray average() {
        return average;
    }

    @Override
    public long steps() {
        return step;
    }

    @Override
    public void resume(long steps) {
        this.step = steps;
    }

    @Override
    public void close() {}
}
