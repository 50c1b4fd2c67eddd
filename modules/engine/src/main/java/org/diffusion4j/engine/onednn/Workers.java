package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.bytedeco.dnnl.engine;
import org.diffusion4j.engine.FlatParameters;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.pass.Differentiate;
import org.diffusion4j.engine.pass.Images;
import org.diffusion4j.engine.pass.Network;
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
    private final boolean whole;
    private final boolean bf16;
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final FlatParameters parameters;
    private final List<String> differentiated;
    private final Weights weights;
    private final Turns turns;
    private final List<Worker> workers = new ArrayList<>();

    private final class Worker {
        private final int index;
        private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread daemon = new Thread(task, "diffusion4j-engine");
            daemon.setDaemon(true);
            return daemon;
        });
        private final Map<List<Long>, Program> programs = new LinkedHashMap<>();
        /** The program that ran last: what a backward pass goes on with. */
        private Program last;

        Worker(int index) {
            this.index = index;
        }

        private Program program(long batch, int threads) {
            // A program is made for a number of threads: one image gets all of them, a part of a batch its share.
            List<Long> key = List.of(batch, (long) threads);
            last = programs.get(key);
            if (last == null) {
                if (programs.size() == PROGRAMS) {
                    programs.remove(programs.keySet().iterator().next()).close();
                }
                Training training = parameters == null ? null : new Training(parameters, turns, index, differentiated);
                Network network = Network.of(graph, output, batch);
                last = new Program(network, processor, weights, threads, bf16, training);
                programs.put(key, last);
            }
            return last;
        }
    }

    /**
     * Workers for the forward pass. The graph is read at once, so that an op that isn't known shows here.
     *
     * @param graph the network; its variables are read once
     * @param output the variable that is asked for
     * @param threads at least 1
     * @param bf16 whether convolutions and linear layers have their operands in bf16, where oneDNN has that
     */
    public Workers(SameDiff graph, String output, int threads, boolean bf16) {
        this(graph, output, threads, bf16, null, List.of());
    }

    /**
     * Workers for both passes.
     *
     * @param graph the network
     * @param output the variable that is asked for
     * @param threads at least 1
     * @param parameters which get gradients
     * @param differentiated the names of the inputs whose gradients are asked for
     */
    public Workers(SameDiff graph, String output, int threads, FlatParameters parameters, List<String> differentiated) {
        this(graph, output, threads, false, parameters, differentiated);
    }

    private Workers(
            SameDiff graph,
            String output,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            List<String> differentiated) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
        }
        this.graph = graph;
        this.output = output;
        this.bf16 = bf16;
        this.parameters = parameters;
        this.differentiated = differentiated;
        this.weights = new Weights(processor, parameters);
        this.turns = new Turns(threads);
        Network one = Network.of(graph, output, 1);
        if (parameters != null) {
            Set<Value> inputs = differentiated.stream().map(one.inputs()::get).collect(Collectors.toSet());
            Differentiate.of(
                    one.nodes(), one.output(), value -> parameters.names().contains(value.name()), inputs);
        }
        this.imageShape = one.output().shape();
        this.whole = Images.areMixed(graph, output);
        for (int i = 0; i < threads; i++) {
            workers.add(new Worker(i));
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
     * What the packed weights take so far: those of a batch size are packed when it first runs.
     *
     * @return bytes
     */
    public long weightBytes() {
        return weights.bytes();
    }

    private int parts(long batch) {
        return whole ? 1 : (int) Math.min(batch, workers.size());
    }

    private interface Part {
        void run(Worker worker, int part, long from, long to);
    }

    /** Gives each worker its images, and waits for all. */
    private void share(long batch, int parts, Part task) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int part = i;
            long from = batch * part / parts;
            long to = batch * (part + 1) / parts;
            Worker worker = workers.get(part);
            running.add(worker.thread.submit(() -> {
                try {
                    task.run(worker, part, from, to);
                } catch (RuntimeException | Error e) {
                    turns.abandon(part);
                    throw e;
                }
            }));
        }
        await(running);
    }

    /**
     * Runs the network.
     *
     * @param arrays by placeholder; the first dimension of each is the batch
     * @param batch images
     * @param result gets the output, row-major float32
     */
    public void run(Map<String, INDArray> arrays, long batch, INDArray result) {
        int parts = parts(batch);
        if (parameters != null) {
            // What a program wants packed is known when it is there.
            share(batch, parts, (worker, part, from, to) -> worker.program(to - from, workers.size() / parts));
            pack(Weights.Pass.FORWARD);
        }
        share(batch, parts, (worker, part, from, to) -> {
            Map<String, INDArray> slice = new HashMap<>();
            arrays.forEach((name, array) -> slice.put(name, rows(array, from, to)));
            worker.program(to - from, workers.size() / parts).run(slice, rows(result, from, to));
        });
    }

    private void pack(Weights.Pass pass) {
        int all = workers.size();
        share(all, all, (worker, part, from, to) -> weights.refresh(pass, part, all));
    }

    /**
     * Goes back from the gradient of the last run's output; adds to the parameters' gradients.
     *
     * @param gradient of the output, row-major float32
     * @param results get the gradients of the inputs that were asked for
     */
    public void runBackward(INDArray gradient, Map<String, INDArray> results) {
        long batch = gradient.size(0);
        pack(Weights.Pass.BACKWARD);
        turns.reset();
        share(batch, parts(batch), (worker, part, from, to) -> {
            Map<String, INDArray> slice = new HashMap<>();
            results.forEach((name, array) -> slice.put(name, rows(array, from, to)));
            worker.last.runBackward(rows(gradient, from, to), slice);
        });
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
        List<Future<?>> closing = new ArrayList<>();
        for (Worker worker : workers) {
            closing.add(worker.thread.submit(() -> worker.programs.values().forEach(Program::close)));
            worker.thread.shutdown();
        }
        await(closing);
        weights.close();
    }
}
