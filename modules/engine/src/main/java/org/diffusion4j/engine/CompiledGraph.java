package org.diffusion4j.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.onednn.Workers;
import org.diffusion4j.engine.parallel.Cancellation;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph, compiled for the processor. It may be any graph whose placeholders have the batch as their first dimension. The
 * graph is {@linkplain org.diffusion4j.engine.read.Reading read}, its ops are {@linkplain
 * org.diffusion4j.engine.rewrite.Rewrites fused} where possible, and it runs as a flat list of oneDNN primitives and vector
 * loops over one arena of memory. For training, the fused network is {@linkplain
 * org.diffusion4j.engine.gradient.Differentiate differentiated}.
 *
 * <p>The batch is divided among the threads, each of which runs the whole graph on its images. If there is only one image,
 * the threads divide most steps of the graph between them. If an array for a thread's images would be larger than 2 GB, they run in
 * slices; with gradients such a batch is refused.
 *
 * <p>Parameters that get gradients are shared with the graph: the next call uses what an optimiser has written into them.
 * {@link org.diffusion4j.samediff.SharedArrays} are read for as long as this is open, so they must stay as they are.
 * All other variables are copied when the graph is compiled, so the graph's own may change or be freed afterwards.
 */
public final class CompiledGraph implements GraphEngine, GraphGradients {
    private final GraphInputs inputs;
    private final List<String> outputs;
    private final List<String> differentiated;
    private final boolean trains;
    private final Workers workers;
    private final Precision precision;

    /** The number of images of the last run, whose backward pass may follow; 0 before the first run. */
    private long lastBatch;

    /**
     * Compiles a graph without gradients.
     *
     * @param graph the graph; its ops must not change until this is closed
     * @param outputs the names of the variables to compute, at least one; each is float32 and has the batch as its first dimension
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here; the message names it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, if ND4J's backend isn't
     *     the one for the processor, or if a single image is too large
     * @throws LinkageError if oneDNN's natives are missing
     */
    public CompiledGraph(SameDiff graph, List<String> outputs, int threads, Precision precision) {
        this(graph, outputs, null, List.of(), threads, precision, false);
    }

    /**
     * Compiles a graph with gradients.
     *
     * @param graph the graph; its ops must not change until this is closed
     * @param outputs the names of the variables to compute, at least one; each is float32 and has the batch as its first dimension
     * @param parameters the graph's parameters, which get gradients
     * @param differentiated the inputs whose gradients are needed as well; may be empty
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here or has no gradient; the message names
     *     it
     * @throws org.diffusion4j.Diffusion4jException as for a graph without gradients
     * @throws LinkageError if oneDNN's natives are missing
     */
    public CompiledGraph(
            SameDiff graph,
            List<String> outputs,
            FlatParameters parameters,
            List<String> differentiated,
            int threads,
            Precision precision) {
        this(graph, outputs, parameters, differentiated, threads, precision, false);
    }

    /**
     * Compiles a graph with gradients.
     *
     * @param graph the graph; its ops must not change until this is closed
     * @param outputs the names of the variables to compute, at least one; each is float32 and has the batch as its first dimension
     * @param parameters the graph's parameters, which get gradients
     * @param differentiated the inputs whose gradients are needed as well; may be empty
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param checkpointing whether the backward pass {@linkplain org.diffusion4j.engine.gradient.Checkpointing computes parts
     *     of the forward pass once more}, which takes less memory and more time; the gradients are the same to the bit
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here or has no gradient; the message names
     *     it
     * @throws org.diffusion4j.Diffusion4jException as for a graph without gradients
     * @throws LinkageError if oneDNN's natives are missing
     */
    public CompiledGraph(
            SameDiff graph,
            List<String> outputs,
            FlatParameters parameters,
            List<String> differentiated,
            int threads,
            Precision precision,
            boolean checkpointing) {
        this.precision = precision.here();
        this.inputs = new GraphInputs(graph);
        this.outputs = List.copyOf(outputs);
        this.differentiated = List.copyOf(differentiated);
        this.trains = parameters != null;
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("outputs: expected at least one, found none");
        }
        for (String name : differentiated) {
            if (!graph.inputs().contains(name)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "differentiated: expected some of %s, found '%s'",
                        new TreeSet<>(graph.inputs()),
                        name));
            }
        }
        boolean bf16 = this.precision == Precision.BF16;
        this.workers = new Workers(graph, this.outputs, threads, bf16, parameters, this.differentiated, checkpointing);
    }

    private CompiledGraph(CompiledGraph other) {
        this.inputs = other.inputs;
        this.outputs = other.outputs;
        this.differentiated = List.of();
        this.trains = false;
        this.precision = other.precision;
        this.workers = other.workers.beside();
    }

    /**
     * The same graph for another thread, which runs it at the same time, on as many threads. Its weights are shared with this one, in
     * the form that the processor needs them in, and are freed when the last of both is closed.
     *
     * @return a graph without gradients, which the caller closes
     * @throws IllegalStateException if this is closed
     * @throws UnsupportedOperationException if this has gradients
     */
    public CompiledGraph beside() {
        return new CompiledGraph(this);
    }

    /**
     * The type of the numbers that are multiplied.
     *
     * @return {@link Precision#FP32} or {@link Precision#BF16}
     */
    public Precision precision() {
        return precision;
    }

    /** The memory of the packed weights for the batch sizes so far, in bytes. */
    long weightBytes() {
        return workers.weightBytes();
    }

    /** The memory of the arrays of all programs so far, in bytes. */
    long arrayBytes() {
        return workers.arrayBytes();
    }

    /**
     * {@inheritDoc} Without gradients, calls from several threads wait for each other; with gradients, one thread at a time
     * calls this and then {@link #backward}.
     */
    @Override
    public Map<String, INDArray> run(Map<String, INDArray> arrays) {
        return run(arrays, Cancellation.NEVER);
    }

    /**
     * {@inheritDoc} An interruption of the calling thread ends a run just as early, with an {@link IllegalStateException}. With
     * gradients, no backward pass may follow then.
     */
    @Override
    public Map<String, INDArray> run(Map<String, INDArray> arrays, BooleanSupplier cancelled) {
        Map<String, INDArray> checked = inputs.checked(arrays);
        long batch = inputs.batch(checked);
        Map<String, INDArray> results = workers.results(batch);
        lastBatch = 0;
        try {
            workers.run(checked, batch, results, cancelled);
        } catch (RuntimeException | Error e) {
            results.values().forEach(INDArray::close);
            throw e;
        }
        if (trains) {
            lastBatch = batch;
        }
        return results;
    }

    @Override
    public Map<String, INDArray> backward(Map<String, INDArray> gradients) {
        if (lastBatch == 0) {
            throw new IllegalStateException(trains ? "the graph hasn't run" : "the graph was made without gradients");
        }
        if (!gradients.keySet().equals(new TreeSet<>(outputs))) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "gradients: expected %s, found %s", outputs, new TreeSet<>(gradients.keySet())));
        }
        Map<String, INDArray> checked = new HashMap<>();
        gradients.forEach((name, gradient) ->
                checked.put(name, GraphInputs.checkedGradient(name, workers.shape(name, lastBatch), gradient)));
        Map<String, INDArray> results = new HashMap<>();
        for (String name : differentiated) {
            results.put(name, Nd4j.create(DataType.FLOAT, inputs.shape(name, lastBatch), 'c'));
        }
        workers.runBackward(checked, lastBatch, results);
        return results;
    }

    /** Frees what was compiled. Closing it again does nothing. The graph and the parameters still belong to the caller. */
    @Override
    public void close() {
        workers.close();
    }
}
