package org.diffusion4j.onnxruntime;

import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.NetworkInputs;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parallel.Cancellation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network's graph, run by {@linkplain OnnxRuntimeGraph ONNX Runtime}. On the processor the results are those of {@link
 * org.diffusion4j.engine.SameDiffEngine} within 1e-4 of the largest element.
 */
public final class OnnxRuntimeEngine implements NoisePredictor {
    private final OnnxRuntimeGraph graph;

    /**
     * Opens an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param provider what it runs on
     * @param threads the number of threads that compute on the processor, at least 1
     * @throws org.diffusion4j.Diffusion4jException as for {@link OnnxRuntimeGraph}
     * @throws LinkageError if ONNX Runtime isn't on the class path or has no natives for this system
     */
    public OnnxRuntimeEngine(SameDiff graph, ExecutionProvider provider, int threads) {
        this.graph = new OnnxRuntimeGraph(graph, List.of(NetworkInputs.OUTPUT), provider, threads);
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return predict(sample, timestep, conditioning, Cancellation.NEVER);
    }

    @Override
    public INDArray predict(
            INDArray sample, INDArray timestep, Map<String, INDArray> conditioning, BooleanSupplier cancelled) {
        return graph.run(NetworkInputs.named(sample, timestep, conditioning), cancelled)
                .get(NetworkInputs.OUTPUT);
    }

    @Override
    public void close() {
        graph.close();
    }
}
