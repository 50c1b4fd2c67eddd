package org.diffusion4j.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.diffusion4j.engine.onednn.Workers;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Any graph whose placeholders have the batch in front, compiled for the processor: {@link
 * org.diffusion4j.engine.read.Reading reads} it, {@link org.diffusion4j.engine.rewrite.Rewrites fuses} what belongs together
 * and runs it as a flat list of oneDNN primitives and vector loops over one arena. To train, {@link
 * org.diffusion4j.engine.gradient.Differentiate differentiates} the fused network.
 *
 * <p>The batch is shared out to the threads, each of which runs the whole graph on its images; a single image is shared out
 * within each primitive. Without gradients, where an array of a thread's images would be larger than 2 GB they run in slices;
 * with gradients such a batch is refused.
 *
 * <p>Parameters that get gradients are shared: what an optimiser writes into them counts from the next call on. All other
 * variables are those of the graph when it is compiled: they are copied, and may change, or be freed, from then on.
 */
public final class CompiledGraph implements AutoCloseable {
    private final GraphInputs inputs;
    private final List<String> outputs;
    private final List<String> differentiated;
    private final boolean trains;
    private final Workers workers;
    private final Precision precision;

    /** Images of the last run, whose backward pass may follow; 0 before the first. */
    private long lastBatch;

    /**
     * A graph without gradients.
     *
     * @param graph its ops stay as they are until this is closed
     * @param outputs the variables that are asked for, at least one; each float32 with the batch in front
     * @param threads how many, at least 1
     * @param precision what is multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't known here; the message names it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, ND4J's backend isn't the
     *     processor's or one image by itself is too large
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public CompiledGraph(SameDiff graph, List<String> outputs, int threads, Precision precision) {
        this(graph, outputs, null, List.of(), threads, precision);
    }

    /**
     * A graph with gradients.
     *
     * @param graph its ops stay as they are until this is closed
     * @param outputs the variables that are asked for, at least one; each float32 with the batch in front
     * @param parameters of that graph; they get gradients
     * @param differentiated the inputs whose gradients are wanted as well; may be none
     * @param threads how many, at least 1
     * @param precision what is multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't known here or has no gradient; the message names
     *     it
     * @throws org.diffusion4j.Diffusion4jException as without gradients
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public CompiledGraph(
            SameDiff graph,
            List<String> outputs,
            FlatParameters parameters,
            List<String> differentiated,
            int threads,
            Precision precision) {
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
        this.workers = new Workers(graph, this.outputs, threads, bf16, parameters, this.differentiated);
    }

    /**
     * What is multiplied.
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

    /**
     * Runs the graph. Without gradients, calls from several threads wait for each other; with gradients, one thread at a time
     * calls this and then {@link #backward}.
     *
     * @param arrays by placeholder, all of them; any batch from 1 on
     * @return the outputs by name, the caller's own
     * @throws IllegalArgumentException if an input is missing, is one too many, is closed or has a wrong shape or type; the
     *     message says which
     * @throws IllegalStateException if this is closed
     */
    public Map<String, INDArray> run(Map<String, INDArray> arrays) {
        Map<String, INDArray> checked = inputs.checked(arrays);
        long batch = inputs.batch(checked);
        Map<String, INDArray> results = workers.results(batch);
        workers.run(checked, batch, results);
        if (trains) {
            lastBatch = batch;
        }
        return results;
    }

    /**
     * Goes back from the outputs of the last run, and adds to the parameters' gradients.
     *
     * @param gradients of a loss with respect to each output, of its shape
     * @return the gradients with respect to the inputs that were named when this was made, the caller's own
     * @throws IllegalArgumentException if a gradient is missing, is one too many, is closed or has a wrong shape or type
     * @throws IllegalStateException if this is closed, was made without gradients or hasn't run
     */
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

    /** Frees what was compiled; once closed, it does nothing. The graph and the parameters stay the caller's. */
    @Override
    public void close() {
        workers.close();
    }
}
