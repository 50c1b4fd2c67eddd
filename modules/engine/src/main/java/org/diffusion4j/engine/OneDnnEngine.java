package org.diffusion4j.engine;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The graph, {@linkplain CompiledGraph compiled} for the processor. The weights are those of the graph when the engine is made:
 * they are copied, and the graph's variables may change, or be freed, from then on.
 *
 * <p>In float32 the same function as {@link SameDiffEngine} within 1e-4. In bf16 the operands of convolutions and linear
 * layers are rounded to it.
 *
 * <p>A batch is shared out to the threads, each of which runs the whole network on its images; a single image is shared
 * out within each primitive. Where an array of a thread's images would be larger than 2 GB they run in slices. Calls from
 * several threads wait for each other.
 */
public final class OneDnnEngine implements NoisePredictor {
    private final CompiledGraph graph;

    /**
     * An engine of a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}; its ops stay as
     *     they are until the engine is closed
     * @param threads how many, at least 1
     * @param precision what is multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't known here; the message names it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, ND4J's backend isn't the
     *     processor's or one image by itself is too large
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public OneDnnEngine(SameDiff graph, int threads, Precision precision) {
        this.graph = new CompiledGraph(graph, List.of(NetworkInputs.OUTPUT), threads, precision);
    }

    /**
     * An engine of a network's graph in float32.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param threads how many, at least 1
     * @throws UnsupportedGraphException if the graph has an op that isn't known here; the message names it
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public OneDnnEngine(SameDiff graph, int threads) {
        this(graph, threads, Precision.FP32);
    }

    /**
     * An engine in float32 on as many threads as there are {@linkplain PhysicalCores physical cores}.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     */
    public OneDnnEngine(SameDiff graph) {
        this(graph, PhysicalCores.count());
    }

    /**
     * What it multiplies.
     *
     * @return {@link Precision#FP32} or {@link Precision#BF16}
     */
    public Precision precision() {
        return graph.precision();
    }

    /** What the packed weights take after the batch sizes so far, in bytes. */
    long weightBytes() {
        return graph.weightBytes();
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return graph.run(NetworkInputs.named(sample, timestep, conditioning)).get(NetworkInputs.OUTPUT);
    }

    @Override
    public void close() {
        graph.close();
    }
}
