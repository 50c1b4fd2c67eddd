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

/** The reference: SameDiff runs the graph itself. Right first, simple, never removed. */
public final class SameDiffEngine implements NoisePredictor {
    private final SameDiff graph;
    private final String output;
    private final GraphInputs inputs;
    /** Null for as many as ND4J takes by itself. */
    private final Integer threads;

    private final ConcurrentLinkedDeque<ReusedSession> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    /**
     * An engine of a network's graph, on as many threads as ND4J takes by itself.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     */
    public SameDiffEngine(SameDiff graph) {
        this(graph, NetworkInputs.OUTPUT);
    }

    /**
     * An engine of a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     * @param threads how many compute, at least 1
     */
    public SameDiffEngine(SameDiff graph, int threads) {
        this(graph, NetworkInputs.OUTPUT, PhysicalCores.checkedThreads(threads));
    }

    /**
     * An engine of a graph whose output has another name.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others
     * @param output the name of the variable that is asked for
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

    /** Lets ND4J compute on that many threads. OpenMP has a number for each thread that calls it: the caller gets his back. */
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
            // The session takes its arrays back for the next call: the caller gets his own.
            result = graph.output(placeholders, List.of(output)).get(output).dup('c');
        } finally {
            graph.getSessions().remove(thread);
        }
        // One that failed half-way isn't used again.
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
     * A session for one call after the other. SameDiff (1.0.0-M2.1) makes one for each thread and keeps in it the id of
     * every array that it ever freed; dropping it after each call instead leaks its native op contexts, some 250 kB.
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
