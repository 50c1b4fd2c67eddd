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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
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
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Threads that run a network, each with its own programs. A batch is split into one part per thread, so each core works in
 * its own cache, and waits for the others once per call instead of once per primitive.
 *
 * <p>Parameters that get gradients are read in place whenever the network runs, and {@link SharedArrays} from their sources
 * whenever a program needs them in a further layout. All other variables and constants are copied when the workers are made, since programs for further batch
 * sizes are compiled later and must use the same numbers. Calls from several threads wait for each other.
 */
public final class Workers implements AutoCloseable {
    /** The number of batch sizes for which a worker keeps programs; a further one replaces the oldest. */
    private static final int PROGRAMS = 4;

    private final SameDiff graph;
    private final List<String> outputs;
    private final Map<String, long[]> imageShapes = new HashMap<>();
    private final boolean whole;
    private final boolean bf16;
    private final engine processor;
    private final FlatParameters parameters;
    /** Copies by name, since the graph's own arrays may change or be freed. */
    private final Map<String, INDArray> copies;
    /**
     * The contents of variables and constants by name: the same for all batch sizes, whatever the graph's variables become.
     */
    private final Map<String, WeightSource> contents;

    private final List<String> differentiated;
    private final boolean checkpointing;
    private final Weights weights;
    /** How many workers use the weights and the copies. */
    private final AtomicInteger users;

    private final OrderedAdditions order;
    private final List<Worker> workers = new ArrayList<>();
    /** The number of images that a program may have, so that none of its arrays is larger than a buffer may be. */
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
        /** The program that ran last, with which a backward pass continues. */
        private Program last;

        Worker(int index) {
            this.index = index;
        }

        private Program program(long batch, int threads, BooleanSupplier cancelled) {
            // A program is made for a number of threads: a single image gets all of them, a part of a batch gets its
            // share.
            List<Long> key = List.of(batch, (long) threads);
            last = programs.get(key);
            if (last == null) {
                if (programs.size() == PROGRAMS) {
                    programs.remove(programs.keySet().iterator().next()).close();
                }
                Training training = parameters == null
                        ? null
                        : new Training(parameters, order, index, differentiated, checkpointing);
                Network network = Network.of(graph, Workers.this::content, outputs, batch);
                last = new Program(network, processor, weights, threads, bf16, training, cancelled);
                programs.put(key, last);
            }
            return last;
        }
    }

    /**
     * Makes workers for the forward pass. The graph is read at once, so that an unsupported op is reported here.
     *
     * @param graph the network; its ops must not change until the workers are closed, but its variables may
     * @param outputs the names of the outputs
     * @param threads the number of threads, at least 1
     * @param bf16 whether the operands of convolutions and linear layers are in bf16, if oneDNN supports that
     * @throws Diffusion4jException if ND4J's backend isn't the one for the processor, or a single image is too large
     */
    public Workers(SameDiff graph, List<String> outputs, int threads, boolean bf16) {
        this(graph, outputs, threads, bf16, null, List.of(), false, Buffer.MOST_BYTES);
    }

    /**
     * Makes workers for both passes.
     *
     * @param graph the network; its ops must not change until the workers are closed, but its variables may
     * @param outputs the names of the outputs
     * @param threads the number of threads, at least 1
     * @param bf16 whether operands are in bf16, as {@link org.diffusion4j.engine.Precision#BF16} says, if oneDNN supports that
     * @param parameters the parameters, which get gradients
     * @param differentiated the names of the inputs whose gradients are requested
     * @param checkpointing whether the backward pass computes parts of the forward pass once more, in place of keeping them
     * @throws Diffusion4jException if ND4J's backend isn't the one for the processor, or a single image is too large
     */
    public Workers(
            SameDiff graph,
            List<String> outputs,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            List<String> differentiated,
            boolean checkpointing) {
        this(graph, outputs, threads, bf16, parameters, differentiated, checkpointing, Buffer.MOST_BYTES);
    }

    /**
     * Makes workers whose buffers have another size limit.
     *
     * @param bufferBytes the largest number of bytes of an array of a program
     */
    Workers(
            SameDiff graph,
            List<String> outputs,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            List<String> differentiated,
            boolean checkpointing,
            long bufferBytes) {
        PhysicalCores.checkedThreads(threads);
        requireProcessor(Nd4j.getExecutioner().type());
        this.graph = graph;
        this.processor = new engine(engine.kind.cpu, 0);
        this.copies = new ConcurrentHashMap<>();
        this.contents = new ConcurrentHashMap<>(sharedArrays(graph));
        this.outputs = List.copyOf(outputs);
        this.bf16 = bf16;
        this.parameters = parameters;
        this.differentiated = differentiated;
        this.checkpointing = checkpointing;
        this.weights = new Weights(processor, parameters, contents);
        this.users = new AtomicInteger(1);
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
                    "network: expected arrays of at most %d bytes per image, found one of %d",
                    bufferBytes,
                    imageBytes));
        }
        this.imagesAtOnce = bufferBytes / imageBytes;
        for (int i = 0; i < threads; i++) {
            workers.add(new Worker(i));
        }
    }

    /** Makes further workers for the forward pass, with what others have read and packed. */
    private Workers(Workers others) {
        this.graph = others.graph;
        this.outputs = others.outputs;
        this.imageShapes.putAll(others.imageShapes);
        this.whole = others.whole;
        this.bf16 = others.bf16;
        this.processor = others.processor;
        this.parameters = null;
        this.copies = others.copies;
        this.contents = others.contents;
        this.differentiated = List.of();
        this.checkpointing = false;
        this.weights = others.weights;
        this.users = others.users;
        this.order = new OrderedAdditions(others.workers.size());
        this.imagesAtOnce = others.imagesAtOnce;
        for (int i = 0; i < others.workers.size(); i++) {
            workers.add(new Worker(i));
        }
    }

    /**
     * Makes as many further workers, which run the same network beside these at the same time, with arrays of their own. What is
     * packed of the weights is shared, and freed when the last of them is closed.
     *
     * @return workers for the forward pass, which the caller closes
     * @throws IllegalStateException if these are closed
     * @throws UnsupportedOperationException if these compute gradients
     */
    public synchronized Workers beside() {
        requireOpen();
        if (parameters != null) {
            throw new UnsupportedOperationException("workers with gradients share their parameters with nobody");
        }
        users.incrementAndGet();
        return new Workers(this);
    }

    /** Refuses a GPU backend, since oneDNN can't read arrays in GPU memory. */
    static void requireProcessor(ExecutionerType backend) {
        if (backend != ExecutionerType.NATIVE_CPU) {
            throw new Diffusion4jException(
                    "engine: expected ND4J's backend for the processor (nd4j-native), as oneDNN is asked for, found "
                            + backend);
        }
    }

    private WeightSource content(SDVariable variable) {
        return contents.computeIfAbsent(variable.name(), name -> {
            if (parameters != null && parameters.names().contains(name)) {
                return WeightSource.of(parameters.view(parameters.values(), name));
            }
            INDArray copy = copies.computeIfAbsent(name, key -> copy(variable));
            return copy == null ? null : WeightSource.of(copy);
        });
    }

    /** The shared arrays of a graph's variables; those that the graph has its own arrays for are copied like all others. */
    private static Map<String, WeightSource> sharedArrays(SameDiff graph) {
        return graph.getVariablesArrays() instanceof SharedArrays arrays ? arrays.shared() : Map.of();
    }

    /** A copy of a variable's array; null if it has none. */
    private static INDArray copy(SDVariable variable) {
        INDArray array = variable.getArr();
        return array == null ? null : array.dup('c');
    }

    /** The bytes of the largest array per image, including the inputs. */
    private static long largest(Network one) {
        LongStream inputs = one.inputs().values().stream().mapToLong(Layouts::bytes);
        return LongStream.concat(inputs, one.nodes().stream().mapToLong(Workers::bytes))
                .max()
                .orElseThrow();
    }

    /**
     * The bytes that a node makes. The scores of an attention that keeps them, which aren't a value of the network, may be larger than
     * its output.
     */
    private static long bytes(Node node) {
        long output = Layouts.bytes(node.output());
        if (node.op() instanceof Attention attention && !attention.isInBlocks()) {
            return Math.max(output, AttentionForm.of(attention).scoreBytes());
        }
        return output;
    }

    /**
     * Makes arrays for the results.
     *
     * @param batch the number of images
     * @return uninitialised arrays by output, row-major float32, with the batch as their first dimension
     */
    public Map<String, INDArray> results(long batch) {
        Map<String, INDArray> results = new LinkedHashMap<>();
        for (String output : outputs) {
            results.put(output, Nd4j.createUninitialized(DataType.FLOAT, shape(output, batch), 'c'));
        }
        return results;
    }

    /**
     * The shape of a result.
     *
     * @param output the result's name
     * @param batch the number of images
     * @return the shape, with the batch as its first dimension
     */
    public long[] shape(String output, long batch) {
        long[] shape = imageShapes.get(output).clone();
        shape[0] = batch;
        return shape;
    }

    /**
     * The memory of the packed weights so far. The weights for a batch size are packed when it first runs.
     *
     * @return the number of bytes
     */
    public long weightBytes() {
        return weights.bytes();
    }

    /**
     * The memory of the arrays of all programs so far.
     *
     * @return the number of bytes
     */
    public synchronized long arrayBytes() {
        return workers.stream()
                .flatMap(worker -> worker.programs.values().stream())
                .mapToLong(Program::arrayBytes)
                .sum();
    }

    private int parts(long batch) {
        return whole ? 1 : (int) Math.min(batch, workers.size());
    }

    private interface Part {
        void run(Worker worker, int part, long from, long to);
    }

    /** Gives each worker its images, and waits for all. */
    private void share(long batch, int parts, Part task) {
        share(batch, parts, task, () -> {});
    }

    private void share(long batch, int parts, Part task, Runnable atInterruption) {
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
        WaitForAll.of(running, "the network ran", atInterruption);
    }

    /**
     * Runs the network. Without gradients, a part too large for one program runs in slices.
     *
     * @param arrays one per placeholder, by name; the first dimension of each is the batch
     * @param batch the number of images
     * @param results get the outputs, row-major float32
     * @param cancelled whether nobody wants the results any more; asked before each part of a step, by all threads
     * @throws java.util.concurrent.CancellationException if it is; then nothing runs any more
     * @throws Diffusion4jException if the batch is too large; only with gradients, or if the images depend on each other,
     *     is there such a limit
     * @throws IllegalStateException if the workers are closed, or the calling thread was interrupted; then nothing runs any
     *     more, and the thread's interrupt flag is set
     */
    public synchronized void run(
            Map<String, INDArray> arrays, long batch, Map<String, INDArray> results, BooleanSupplier cancelled) {
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
            // Which weights a program needs packed is known only when the program exists.
            share(
                    batch,
                    parts,
                    (worker, part, from, to) -> worker.program(to - from, workers.size() / parts, () -> false));
            pack(Weights.Pass.FORWARD);
        }
        AtomicBoolean interrupted = new AtomicBoolean();
        BooleanSupplier ended = () -> interrupted.get() || cancelled.getAsBoolean();
        Part forward = (worker, part, from, to) -> {
            long slices = (to - from + imagesAtOnce - 1) / imagesAtOnce;
            long images = (to - from + slices - 1) / slices;
            for (long first = from; first < to; first += images) {
                long end = Math.min(first + images, to);
                worker.program(end - first, workers.size() / parts, ended)
                        .run(rows(arrays, first, end), rows(results, first, end), others(part, parts), ended);
            }
        };
        share(batch, parts, forward, () -> interrupted.set(true));
    }

    /** The threads that have no images of their own, as many for each part. */
    private List<ExecutorService> others(int part, int parts) {
        int each = workers.size() / parts - 1;
        int first = parts + part * each;
        return workers.subList(first, first + each).stream()
                .map(worker -> worker.thread)
                .toList();
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
     * Runs the backward pass of the last run, and adds to the parameters' gradients.
     *
     * @param gradients the gradients of all outputs, row-major float32
     * @param batch the number of images of that run
     * @param results get the requested gradients of inputs
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

    /** Frees all memory except that of the graph and the parameters. Closing it again does nothing. */
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
            if (users.decrementAndGet() == 0) {
                weights.close();
                copies.values().forEach(INDArray::close);
            }
        }
    }
}
