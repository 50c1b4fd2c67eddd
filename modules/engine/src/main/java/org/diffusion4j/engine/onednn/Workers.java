package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bytedeco.dnnl.engine;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.compile.BatchSplit;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.gradient.Differentiate;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parallel.WaitForAll;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Threads that run a network, each with programs of its own. A batch is cut into as many parts: thus each core works in
 * its own cache and waits for the other once a call, not once a primitive.
 *
 * <p>Parameters that get gradients are read where they are, whenever the network runs; {@link SharedArrays} are read where
 * they are whenever a program is compiled. All other variables and constants are copied when the workers are made: programs
 * for further batch sizes are compiled later, from the same numbers. Calls from
 * several threads wait for each other.
 */
public final class Workers implements AutoCloseable {
    /** Batch sizes that a worker keeps programs for; a further one takes the place of the oldest. */
    private static final int PROGRAMS = 4;

    private final SameDiff graph;
    private final List<String> outputs;
    private final Map<String, long[]> imageShapes = new HashMap<>();
    private final boolean whole;
    private final boolean bf16;
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final FlatParameters parameters;
    /** By name; the graph's own may change or be freed. */
    private final Map<String, INDArray> copies = new ConcurrentHashMap<>();

    private final List<String> differentiated;
    private final Weights weights;
    private final OrderedAdditions order;
    private final List<Worker> workers = new ArrayList<>();
    /** Images that a program may have, so that none of its arrays is larger than a buffer may be. */
    private final long imagesAtOnce;

    private boolean closed;

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
                Training training = parameters == null ? null : new Training(parameters, order, index, differentiated);
                Network network = Network.of(graph, Workers.this::content, outputs, batch);
                last = new Program(network, processor, weights, threads, bf16, training);
                programs.put(key, last);
            }
            return last;
        }
    }

    /**
     * Workers for the forward pass. The graph is read at once, so that an op that isn't known shows here.
     *
     * @param graph the network; its ops stay as they are until the workers are closed, its variables may change
     * @param outputs the variables that are asked for
     * @param threads at least 1
     * @param bf16 whether convolutions and linear layers have their operands in bf16, where oneDNN has that
     * @throws Diffusion4jException if ND4J's backend isn't the processor's, or one image by itself is too large
     */
    public Workers(SameDiff graph, List<String> outputs, int threads, boolean bf16) {
        this(graph, outputs, threads, bf16, null, List.of(), Buffer.MOST_BYTES);
    }

    /**
     * Workers for both passes.
     *
     * @param graph the network; its ops stay as they are until the workers are closed, its variables may change
     * @param outputs the variables that are asked for
     * @param threads at least 1
     * @param bf16 whether operands are in bf16, as {@link org.diffusion4j.engine.Precision#BF16} says, where oneDNN has that
     * @param parameters which get gradients
     * @param differentiated the names of the inputs whose gradients are asked for
     * @throws Diffusion4jException if ND4J's backend isn't the processor's, or one image by itself is too large
     */
    public Workers(
            SameDiff graph,
            List<String> outputs,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            List<String> differentiated) {
        this(graph, outputs, threads, bf16, parameters, differentiated, Buffer.MOST_BYTES);
    }

    /**
     * Workers whose buffers have a limit of their own.
     *
     * @param bufferBytes the most that an array of a program takes
     */
    Workers(
            SameDiff graph,
            List<String> outputs,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            List<String> differentiated,
            long bufferBytes) {
        PhysicalCores.checkedThreads(threads);
        requireProcessor(Nd4j.getExecutioner().type());
        this.graph = graph;
        this.outputs = List.copyOf(outputs);
        this.bf16 = bf16;
        this.parameters = parameters;
        this.differentiated = differentiated;
        this.weights = new Weights(processor, parameters);
        this.order = new OrderedAdditions(threads);
        Network one = Network.of(graph, this::content, outputs, 1);
        if (parameters != null) {
            Set<Value> inputs = differentiated.stream().map(one.inputs()::get).collect(Collectors.toSet());
            Differentiate.of(
                    one.nodes(),
                    one.outputs().values(),
                    value -> parameters.names().contains(value.name()),
                    inputs);
        }
        one.outputs().forEach((name, value) -> imageShapes.put(name, value.shape()));
        this.whole = !BatchSplit.isPossible(graph, this::content, outputs);
        long imageBytes = largest(one);
        if (imageBytes > bufferBytes) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "network: expected arrays of at most %d bytes an image, found one of %d",
                    bufferBytes,
                    imageBytes));
        }
        this.imagesAtOnce = bufferBytes / imageBytes;
        for (int i = 0; i < threads; i++) {
            workers.add(new Worker(i));
        }
    }

    /** Arrays of a GPU aren't where oneDNN reads them. */
    static void requireProcessor(ExecutionerType backend) {
        if (backend != ExecutionerType.NATIVE_CPU) {
            throw new Diffusion4jException(
                    "engine: expected ND4J's backend for the processor (nd4j-native), as oneDNN is asked for, found "
                            + backend);
        }
    }

    private INDArray content(SDVariable variable) {
        String name = variable.name();
        if (parameters != null && parameters.names().contains(name)) {
            return parameters.view(parameters.values(), name);
        }
        if (variable.getVariableType() == VariableType.VARIABLE
                && graph.getVariablesArrays() instanceof SharedArrays arrays) {
            return arrays.read(name);
        }
        return copies.computeIfAbsent(name, key -> copy(variable));
    }

    /** Null for one that has none. */
    private static INDArray copy(SDVariable variable) {
        INDArray array = variable.getArr();
        return array == null ? null : array.dup('c');
    }

    /** The bytes of the largest array that an image has, inputs included. */
    private static long largest(Network one) {
        LongStream inputs = one.inputs().values().stream().mapToLong(Layouts::bytes);
        return LongStream.concat(inputs, one.nodes().stream().mapToLong(Workers::bytes))
                .max()
                .orElseThrow();
    }

    /** What a node makes; a small attention's scores, which are no value of the network, may be larger than its output. */
    private static long bytes(Node node) {
        long output = Layouts.bytes(node.output());
        if (node.op() instanceof Attention attention && !attention.isLarge()) {
            return Math.max(output, AttentionForm.of(attention).scoreBytes());
        }
        return output;
    }

    /**
     * Arrays for the results.
     *
     * @param batch images
     * @return by output, uninitialised, row-major float32, the batch in front
     */
    public Map<String, INDArray> results(long batch) {
        Map<String, INDArray> results = new LinkedHashMap<>();
        for (String output : outputs) {
            results.put(output, Nd4j.createUninitialized(DataType.FLOAT, shape(output, batch), 'c'));
        }
        return results;
    }

    /**
     * A result's shape.
     *
     * @param output its name
     * @param batch images
     * @return the batch in front
     */
    public long[] shape(String output, long batch) {
        long[] shape = imageShapes.get(output).clone();
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
                    order.abandon(part);
                    throw e;
                }
            }));
        }
        WaitForAll.of(running, "the network ran");
    }

    /**
     * Runs the network. Without gradients, a part too large for one program runs in slices.
     *
     * @param arrays by placeholder; the first dimension of each is the batch
     * @param batch images
     * @param results get the outputs, row-major float32
     * @throws Diffusion4jException if the batch is too large for both passes, or for images that depend on each other
     * @throws IllegalStateException if the workers are closed, or the calling thread was interrupted: then nothing runs any
     *     more, and the thread's flag is set
     */
    public synchronized void run(Map<String, INDArray> arrays, long batch, Map<String, INDArray> results) {
        requireOpen();
        int parts = parts(batch);
        if ((parameters != null || whole) && (batch + parts - 1) / parts > imagesAtOnce) {
            throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "batch: expected at most %d images on %d threads, as an array has its limit,",
                            imagesAtOnce * parts,
                            parts)
                    + " found " + batch);
        }
        if (parameters != null) {
            // What a program wants packed is known when it is there.
            share(batch, parts, (worker, part, from, to) -> worker.program(to - from, workers.size() / parts));
            pack(Weights.Pass.FORWARD);
        }
        share(batch, parts, (worker, part, from, to) -> {
            long slices = (to - from + imagesAtOnce - 1) / imagesAtOnce;
            long images = (to - from + slices - 1) / slices;
            for (long first = from; first < to; first += images) {
                long end = Math.min(first + images, to);
                worker.program(end - first, workers.size() / parts)
                        .run(rows(arrays, first, end), rows(results, first, end));
            }
        });
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
    }

    private void pack(Weights.Pass pass) {
        int all = workers.size();
        share(all, all, (worker, part, from, to) -> weights.refresh(pass, part, all));
    }

    /**
     * Goes back from the gradients of the last run's outputs; adds to the parameters' gradients.
     *
     * @param gradients of all outputs, row-major float32
     * @param batch images of that run
     * @param results get the gradients of the inputs that were asked for
     * @throws IllegalStateException as {@link #run} does
     */
    public synchronized void runBackward(Map<String, INDArray> gradients, long batch, Map<String, INDArray> results) {
        requireOpen();
        pack(Weights.Pass.BACKWARD);
        order.reset();
        share(
                batch,
                parts(batch),
                (worker, part, from, to) ->
                        worker.last.runBackward(rows(gradients, from, to), rows(results, from, to)));
    }

    private static Map<String, INDArray> rows(Map<String, INDArray> arrays, long from, long to) {
        Map<String, INDArray> rows = new HashMap<>();
        arrays.forEach((name, array) -> rows.put(name, rows(array, from, to)));
        return rows;
    }

    private static INDArray rows(INDArray array, long from, long to) {
        return array.size(0) == to - from ? array : array.get(NDArrayIndex.interval(from, to));
    }

    /** Frees all memory but the graph's and the parameters'. Once closed, it does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        List<Future<?>> closing = new ArrayList<>();
        for (Worker worker : workers) {
            closing.add(worker.thread.submit(() -> worker.programs.values().forEach(Program::close)));
            worker.thread.shutdown();
        }
        try {
            WaitForAll.of(closing);
        } finally {
            weights.close();
            copies.values().forEach(INDArray::close);
        }
    }
}
