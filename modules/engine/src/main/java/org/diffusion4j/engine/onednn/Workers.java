package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.dnnl.engine;
import org.diffusion4j.engine.pass.Trace;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Threads that run a network, each with programs of its own. A batch is cut into as many parts: thus each core works in
 * its own cache and waits for the other once a call, not once a primitive.
 */
public final class Workers implements AutoCloseable {
    /** Batch sizes that a worker keeps programs for; a further one takes the place of the oldest. */
    private static final int PROGRAMS = 4;

    private final SameDiff graph;
    private final String output;
    private final long[] imageShape;
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final Weights weights = new Weights(processor);
    private final List<Worker> workers = new ArrayList<>();

    private final class Worker {
        private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread daemon = new Thread(task, "diffusion4j-engine");
            daemon.setDaemon(true);
            return daemon;
        });
        private final Map<List<Long>, Program> programs = new LinkedHashMap<>();

        private Program program(long batch, int threads) {
            // A program is made for a number of threads: one image gets all of them, a part of a batch one.
            List<Long> key = List.of(batch, (long) threads);
            Program program = programs.get(key);
            if (program == null) {
                if (programs.size() == PROGRAMS) {
                    programs.remove(programs.keySet().iterator().next()).close();
                }
                program = new Program(graph, output, batch, processor, weights, threads);
                programs.put(key, program);
            }
            return program;
        }
    }

    /**
     * Workers of a network. The graph is compiled for one image at once, so that an op that isn't known shows here.
     *
     * @param graph the network
     * @param output the variable that is asked for
     * @param threads at least 1
     */
    public Workers(SameDiff graph, String output, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
        }
        this.graph = graph;
        this.output = output;
        this.imageShape = Trace.of(graph, output, 1).output().shape();
        for (int i = 0; i < threads; i++) {
            workers.add(new Worker());
        }
        try {
            await(List.of(workers.get(0).thread.submit(() -> workers.get(0).program(1, threads))));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * The result's shape.
     *
     * @param batch images
     * @return [batch, C, H, W]
     */
    public long[] outputShape(long batch) {
        long[] shape = imageShape.clone();
        shape[0] = batch;
        return shape;
    }

    /**
     * Runs the network.
     *
     * @param arrays by placeholder; the first dimension of each is the batch
     * @param batch images
     * @param result gets the output, row-major float32
     */
    public void run(Map<String, INDArray> arrays, long batch, INDArray result) {
        int parts = (int) Math.min(batch, workers.size());
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            long from = batch * part / parts;
            long to = batch * (part + 1) / parts;
            Worker worker = workers.get(part);
            Map<String, INDArray> slice = new HashMap<>();
            arrays.forEach((name, array) -> slice.put(name, rows(array, from, to)));
            INDArray target = parts == 1 ? result : rows(result, from, to);
            tasks.add(() -> {
                worker.program(to - from, parts == 1 ? workers.size() : 1).run(slice, target);
                return null;
            });
        }
        List<Future<?>> running = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            running.add(workers.get(part).thread.submit(tasks.get(part)));
        }
        await(running);
    }

    private static INDArray rows(INDArray array, long from, long to) {
        return array.size(0) == to - from ? array : array.get(NDArrayIndex.interval(from, to));
    }

    private static void await(List<? extends Future<?>> running) {
        RuntimeException failure = null;
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                failure = e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IllegalStateException("interrupted while the network ran", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {
        for (Worker worker : workers) {
            worker.thread.execute(() -> worker.programs.values().forEach(Program::close));
            worker.thread.shutdown();
        }
    }
}
