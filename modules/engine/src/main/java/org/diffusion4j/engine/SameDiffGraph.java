package org.diffusion4j.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.diffusion4j.engine.parallel.Cancellation;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** A graph that SameDiff itself runs, as a reference. It is meant to be right and simple. */
public final class SameDiffGraph implements GraphEngine {
    private final SameDiff graph;
    private final List<String> outputs;
    private final GraphInputs inputs;
    /** Null for as many threads as ND4J uses by default. */
    private final Integer threads;

    private final ConcurrentLinkedDeque<ReusedSession> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    /**
     * Opens a graph.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension
     * @param outputs the names of the variables to compute, at least one
     * @param threads the number of threads that compute, at least 1
     */
    public SameDiffGraph(SameDiff graph, List<String> outputs, int threads) {
        this(graph, outputs, Integer.valueOf(PhysicalCores.checkedThreads(threads)));
    }

    SameDiffGraph(SameDiff graph, List<String> outputs, Integer threads) {
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("outputs: expected at least one, found none");
        }
        for (String output : outputs) {
            if (!graph.hasVariable(output)) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "graph: expected a variable '%s', found none", output));
            }
        }
        this.graph = graph;
        this.outputs = List.copyOf(outputs);
        this.inputs = new GraphInputs(graph);
        this.threads = threads;
    }

    @Override
    public Map<String, INDArray> run(Map<String, INDArray> arrays, BooleanSupplier cancelled) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        return threads == null ? computed(arrays, cancelled) : on(threads, () -> computed(arrays, cancelled));
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

    private Map<String, INDArray> computed(Map<String, INDArray> arrays, BooleanSupplier cancelled) {
        Map<String, INDArray> placeholders = inputs.checked(arrays);
        ReusedSession session = idle.poll();
        if (session == null) {
            session = new ReusedSession(graph);
        }
        long thread = Thread.currentThread().getId();
        graph.getSessions().put(thread, session);
        session.cancelled = cancelled;
        Map<String, INDArray> results = new HashMap<>();
        try {
            // The session reuses its arrays in the next call, so the caller gets copies.
            graph.output(placeholders, outputs).forEach((name, array) -> results.put(name, array.dup('c')));
        } catch (CancellationException e) {
            session.forgetArrays();
            idle.push(session);
            throw e;
        } finally {
            graph.getSessions().remove(thread);
        }
        // A session that failed half-way isn't used again, but for one that was ended between two ops.
        session.forgetFreedArrays();
        idle.push(session);
        return results;
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
        private BooleanSupplier cancelled = Cancellation.NEVER;

        ReusedSession(SameDiff graph) {
            super(graph);
        }

        void forgetFreedArrays() {
            freedArrays.clear();
            cancelled = Cancellation.NEVER;
        }

        /** What a run that was ended has computed so far. Everything else is cleared at the beginning of the next run. */
        void forgetArrays() {
            forgetFreedArrays();
            nodeValueOutputs.clear();
        }

        @Override
        public Pair<SameDiffOp, OpContext> getAndParameterizeOp(
                String name,
                FrameIter frame,
                Set<VarId> inputs,
                Set<VarId> allIterationInputs,
                Set<String> constants,
                Map<String, INDArray> placeholders,
                Set<String> all,
                Map<String, SDValue> others) {
            Cancellation.check(cancelled);
            return super.getAndParameterizeOp(
                    name, frame, inputs, allIterationInputs, constants, placeholders, all, others);
        }
    }
}
