package org.diffusion4j.engine;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The reference engine, in which SameDiff runs the graph. It is meant to be right and simple. */
public final class SameDiffEngine implements NoisePredictor {
    private final SameDiff graph;
    private final String output;
    private final GraphInputs inputs;
    /** Null for as many threads as ND4J uses by default. */
    private final Integer threads;

    private final ConcurrentLinkedDeque<ReusedSession> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    /**
     * Makes an engine for a network's graph, on as many threads as ND4J uses by default.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     */
    public SameDiffEngine(SameDiff graph) {
        this(graph, NetworkInputs.OUTPUT);
    }

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     * @param threads the number of threads that compute, at least 1
     */
    public SameDiffEngine(SameDiff graph, int threads) {
        this(graph, NetworkInputs.OUTPUT, PhysicalCores.checkedThreads(threads));
    }

    /**
     * Makes an engine for a graph whose output has another name.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others
     * @param output the name of the output
     */
    public SameDiffEngine(SameDiff graph, String output) {
        this(graph, output, null);
    }

    private SameDiffEngine(SameDiff graph, String output, Integer threads) {
        if (!graph.hasVariable(output)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "graph: expected a variable '%s', found none", output));
        }
        this.graph = graph;
        this.output = output;
        this.inputs = new GraphInputs(graph);
        this.threads = threads;
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        return threads == null
                ? run(sample, timestep, conditioning)
                : on(threads, () -> run(sample, timestep, conditioning));
    }

    /** Lets ND4J compute on a number of threads. OpenMP keeps such a number for each calling thread; it is restored afterwards. */
    static <T> T on(int threads, Supplier<T> computation) {
        NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int before = ops.ompGetMaxThreads();
        ops.setOmpNumThreads(threads);
        try {
            return computation.get();
        } finally {
            ops.setOmpNumThreads(before);
        }
    }

    private INDArray run(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        Map<String, INDArray> placeholders = inputs.checked(NetworkInputs.named(sample, timestep, conditioning));
        ReusedSession session = idle.poll();
        if (session == null) {
            session = new ReusedSession(graph);
        }
        long thread = Thread.currentThread().getId();
        graph.getSessions().put(thread, session);
        INDArray result;
        try {
            // The session reuses its arrays in the next call, so the caller gets a copy.
            result = graph.output(placeholders, List.of(output)).get(output).dup('c');
        } finally {
            graph.getSessions().remove(thread);
        }
        // A session that failed half-way isn't used again.
        session.forgetFreedArrays();
        idle.push(session);
        return result;
    }

    @Override
    public void close() {
        closed = true;
        idle.clear();
    }

    /**
     * A session that is used for many calls. SameDiff (1.0.0-M2.1) makes one session per thread, which remembers the id of
     * every array that it ever freed; making a new one for each call would leak its native op contexts, some 250 kB.
     */
    private static final class ReusedSession extends InferenceSession {
        ReusedSession(SameDiff graph) {
            super(graph);
        }

        void forgetFreedArrays() {
            freedArrays.clear();
        }
    }
}
