package org.diffusion4j.engine;

import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parallel.Cancellation;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network's graph, {@linkplain CompiledGraph compiled} for the processor. The weights are copied when the engine is made,
 * so the graph's variables may change or be freed afterwards; only {@link org.diffusion4j.samediff.SharedArrays} must stay.
 *
 * <p>In float32 the results are those of {@link SameDiffEngine} within 1e-4. In bf16 the operands of convolutions and
 * linear layers are rounded to bf16.
 *
 * <p>A batch is divided among the threads, each of which runs the whole network on its images. If there is only one image,
 * the threads divide most steps of the graph between them. If an array for a thread's images would be larger than 2 GB, they run in
 * slices. Calls from several threads wait for each other.
 */
public final class OneDnnEngine implements NoisePredictor {
    private final CompiledGraph graph;

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}; its ops must not
     *     change until the engine is closed
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here; the message names it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, if ND4J's backend isn't
     *     the one for the processor, or if a single image is too large
     * @throws LinkageError if oneDNN's natives are missing
     */
    public OneDnnEngine(SameDiff graph, int threads, Precision precision) {
        this.graph = new CompiledGraph(graph, List.of(NetworkInputs.OUTPUT), threads, precision);
    }

    /**
     * Makes an engine for a network's graph in float32.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param threads the number of threads, at least 1
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here; the message names it
     * @throws LinkageError if oneDNN's natives are missing
     */
    public OneDnnEngine(SameDiff graph, int threads) {
        this(graph, threads, Precision.FP32);
    }

    /**
     * Makes an engine in float32 on as many threads as there are {@linkplain PhysicalCores physical cores}.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     */
    public OneDnnEngine(SameDiff graph) {
        this(graph, PhysicalCores.count());
    }

    private OneDnnEngine(CompiledGraph graph) {
        this.graph = graph;
    }

    /**
     * The same network for another thread, which runs it at the same time, on as many threads. The packed weights are shared, and
     * freed when the last of both is closed.
     *
     * @return an engine with the same results, which the caller closes
     * @throws IllegalStateException if this is closed
     */
    public OneDnnEngine beside() {
        return new OneDnnEngine(graph.beside());
    }

    /**
     * The type of the numbers that are multiplied.
     *
     * @return {@link Precision#FP32} or {@link Precision#BF16}
     */
    public Precision precision() {
        return graph.precision();
    }

    /** The memory of the packed weights for the batch sizes so far, in bytes. */
    long weightBytes() {
        return graph.weightBytes();
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
