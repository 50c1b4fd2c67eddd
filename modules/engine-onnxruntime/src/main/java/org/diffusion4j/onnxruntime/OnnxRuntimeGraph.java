package org.diffusion4j.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.GraphInputs;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.weights.onnx.OnnxInMemory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph that <a href="https://onnxruntime.ai">ONNX Runtime</a> runs in float32. It may be any graph of the ops that {@link
 * org.diffusion4j.weights.onnx.OnnxWriter} knows. Nothing is written to a file.
 *
 * <p>{@link org.diffusion4j.samediff.SharedArrays} are read in place, so they must stay as they are until this is closed. All
 * other variables are copied when this is opened, so the graph's own may change or be freed afterwards.
 */
public final class OnnxRuntimeGraph implements GraphEngine {
    private final GraphInputs inputs;
    private final List<String> outputs;
    private final ExecutionProvider provider;
    private final OrtSession session;
    /** The memory of the weights, which the session may still read. */
    private final SessionWeights weights;

    /** Runs share the session, and closing it waits for them. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private boolean closed;

    /**
     * Opens a graph.
     *
     * @param graph a graph whose placeholders have known dimensions, except for the first, which is the batch
     * @param outputs the names of the variables to compute, at least one; each is float32
     * @param provider what it runs on
     * @param threads the number of threads that compute on the processor, at least 1
     * @throws Diffusion4jException if an op has no translation to ONNX, which the message names; if the execution provider
     *     isn't in this build of ONNX Runtime or has no device
     * @throws LinkageError if ONNX Runtime isn't on the class path or has no natives for this system
     */
    public OnnxRuntimeGraph(SameDiff graph, List<String> outputs, ExecutionProvider provider, int threads) {
        PhysicalCores.checkedThreads(threads);
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("outputs: expected at least one, found none");
        }
        this.inputs = new GraphInputs(graph);
        this.outputs = List.copyOf(outputs);
        this.provider = provider;
        OrtEnvironment environment = OnnxRuntimeLibrary.environment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(threads);
            provider.addTo(options);
            OnnxInMemory model = OnnxInMemory.of(graph, this.outputs);
            requireFloats(graph, outputs);
            this.weights = new SessionWeights(graph, model.weights());
            this.session = weights.open(environment, model.model(), options);
        } catch (OrtException e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "engine %s: expected ONNX Runtime to open it (with its libraries and a device), found: %s; this build has %s",
                            provider.key(),
                            oneLine(e.getMessage()),
                            ExecutionProvider.available()),
                    e);
        }
    }

    private static void requireFloats(SameDiff graph, List<String> outputs) {
        for (String output : outputs) {
            DataType type = graph.getVariable(output).dataType();
            if (type != DataType.FLOAT) {
                throw new Diffusion4jException(
                        String.format(Locale.ROOT, "output '%s': expected FLOAT, found %s", output, type));
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws Diffusion4jException if the device fails, for example for lack of memory
     */
    @Override
    public Map<String, INDArray> run(Map<String, INDArray> arrays, BooleanSupplier cancelled) {
        Lock running = provider.runsConcurrently() ? lock.readLock() : lock.writeLock();
        running.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the engine is closed");
            }
            return runOpen(inputs.checked(arrays), cancelled);
        } catch (OrtException e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "engine %s: expected a run of the network, found: %s",
                            provider.key(),
                            oneLine(e.getMessage())),
                    e);
        } finally {
            running.unlock();
        }
    }

    private Map<String, INDArray> runOpen(Map<String, INDArray> checked, BooleanSupplier cancelled)
            throws OrtException {
        OrtEnvironment environment = OnnxRuntimeLibrary.environment();
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Map.Entry<String, INDArray> input : checked.entrySet()) {
                tensors.put(input.getKey(), SessionWeights.tensor(environment, input.getKey(), input.getValue()));
            }
            Map<String, INDArray> results = new LinkedHashMap<>();
            try (CancellableRun run = new CancellableRun(cancelled);
                    OrtSession.Result result = run.of(session, tensors)) {
                for (String output : outputs) {
                    OnnxTensor tensor = (OnnxTensor) result.get(output).orElseThrow();
                    results.put(
                            output,
                            Nd4j.create(
                                    tensor.getFloatBuffer().array(),
                                    tensor.getInfo().getShape(),
                                    'c'));
                }
            }
            return results;
        } finally {
            tensors.values().forEach(OnnxTensor::close);
            Reference.reachabilityFence(checked);
        }
    }

    /** Frees the session. Closing it again does nothing. The graph still belongs to the caller. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                session.close();
                weights.close();
                Pointer.trimMemory(); // else what the session has freed stays with the process, hundreds of MB after a
                // hundred sessions
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** A message without line breaks, short enough to be part of a line. */
    static String oneLine(String message) {
        String line = message.strip().replaceAll("\\s+", " ");
        return line.length() <= 250 ? line : line.substring(0, 250) + "…";
    }
}
