package org.diffusion4j.zoo;

import java.util.ArrayList;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;

/**
 * A graph that also counts the parameters of its vertices. Deeplearning4j's own graph counts only those of layers, but the
 * whole U-Net except for its last convolution is one vertex. A graph that {@code ModelSerializer} has read is
 * Deeplearning4j's own.
 */
final class UNetComputationGraph extends ComputationGraph {
    private static final long serialVersionUID = 1L;

    UNetComputationGraph(ComputationGraphConfiguration configuration) {
        super(configuration);
    }

    @Override
    public long numParams(boolean backwards) {
        return params() == null ? super.numParams(backwards) : params().length();
    }

    @Override
    public ComputationGraph clone() {
        ComputationGraph plain = super.clone();
        UNetComputationGraph copy = new UNetComputationGraph(plain.getConfiguration());
        copy.init(plain.params(), false);
        ComputationGraphUpdater updater = plain.getUpdater(false);
        if (updater != null && updater.getStateViewArray() != null) {
            copy.getUpdater().setStateViewArray(updater.getStateViewArray());
        }
        copy.setListeners(new ArrayList<>(getListeners()));
        return copy;
    }
}
