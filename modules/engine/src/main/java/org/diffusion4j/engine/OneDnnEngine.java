package org.diffusion4j.engine;

import java.util.Map;
import org.diffusion4j.engine.onednn.Workers;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Compiles the graph for the processor: {@link org.diffusion4j.engine.pass.Trace reads} it, {@link
 * org.diffusion4j.engine.pass.Fuse fuses} what belongs together and runs it as a flat list of oneDNN primitives and
 * vector loops over one arena. The weights are those of the graph when the engine is made:
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
    private final NetworkInputs inputs;
    private final Workers workers;
    private final Precision precision;

    /**
     * An engine of a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}; its ops stay as
     *     they are until the engine is closed
     * @param threads how many, at least 1
     * @param precision what is multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't known here; the message names it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, ND4J's backend isn't the
     *     processor's or one image alone is too large
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public OneDnnEngine(SameDiff graph, int threads, Precision precision) {
        this.precision = precision.here();
        this.inputs = new NetworkInputs(graph);
        this.workers = new Workers(graph, NetworkInputs.OUTPUT, threads, this.precision == Precision.BF16);
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
        return precision;
    }

    /** What the packed weights take after the batch sizes so far, in bytes. */
    long weightBytes() {
        return workers.weightBytes();
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        Map<String, INDArray> arrays = inputs.checked(sample, timestep, conditioning);
        long[] shape = workers.outputShape(sample.size(0));
        INDArray result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
        workers.run(arrays, sample.size(0), result);
        return result;
    }

    @Override
    public void close() {
        workers.close();
    }
}
