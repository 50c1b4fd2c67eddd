package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.gradient.Checkpointing;
import org.diffusion4j.engine.gradient.Differentiate;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parallel.Cancellation;
import org.diffusion4j.engine.parallel.WaitForAll;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network for one batch size, as a flat list of steps over one arena: read → rewrite → (differentiate →) lower → plan
 * memory → bind. All arrays of the network have their places before it runs. Only one thread at a time may
 * use it; it may take others along.
 */
final class Program implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final List<Step> steps;
    /** The number of steps of the forward pass, after which the backward pass begins. */
    private final int forwardSteps;

    private final Team forward;
    private final Team backward;

    private final stream stream;
    private final Map<String, Buffer> inputs = new HashMap<>();
    private final Map<String, Buffer> outputs = new HashMap<>();
    private final Map<String, Buffer> outputGradients = new HashMap<>();
    private final Map<String, Buffer> inputGradients = new HashMap<>();
    private final BytePointer arena;
    private final long arenaBytes;

    /**
     * Compiles a network.
     *
     * @param network the network with its fused ops
     * @param threads the number of threads. In a forward pass without gradients they share the parts of the steps; in training
     *     each primitive uses them all, and loops run on one.
     * @param bf16 whether convolutions and linear layers have their operands in bf16
     * @param training the worker's part in training; null for the forward pass only
     * @param weights the packed weights; if they are only planned, so is the program, which then has a size but can't run
     * @param cancelled asked before the weights of each op are packed
     * @throws java.util.concurrent.CancellationException if it is true; what is packed stays so, for the next time
     */
    Program(
            Network network,
            engine engine,
            Weights weights,
            int threads,
            boolean bf16,
            Training training,
            BooleanSupplier cancelled) {
        stream = new stream(engine);
        int team = training == null ? threads : 1;
        Primitives primitives = new Primitives(engine, stream, threads / team, team, bf16);
        Layouts layouts = new Layouts(primitives, weights, training);
        Target target = new Target(
                layouts,
                primitives,
                weights,
                network.batch(),
                training,
                Kernels.best(),
                new WinogradChoice(network.nodes(), training != null));
        Lowerings lowerings = new Lowerings(target);
        network.inputs().forEach((name, value) -> inputs.put(name, layouts.input(value)));
        if (training == null) {
            network.nodes().forEach(node -> {
                Cancellation.check(cancelled);
                lowerings.lower(node);
            });
            forwardSteps = readOutputs(network, layouts);
        } else {
            Set<Value> wanted = new HashSet<>();
            training.inputs().forEach(name -> wanted.add(network.inputs().get(name)));
            Differentiate.Result both =
                    Differentiate.of(network.nodes(), network.outputs().values(), training::has, wanted);
            both = training.checkpointing() ? Checkpointing.of(both) : Checkpointing.ofCopies(both);
            both.forward().forEach(lowerings::lower);
            forwardSteps = readOutputs(network, layouts);
            Map<Value, Value> gradients = both.outputGradients();
            network.outputs().forEach((name, value) -> outputGradients.put(name, layouts.input(gradients.get(value))));
            both.backward().forEach(lowerings::lower);
            for (String name : training.inputs()) {
                Value value = both.inputGradients().get(network.inputs().get(name));
                if (value != null) {
                    inputGradients.put(name, layouts.get(value, Layout.PLAIN));
                }
            }
        }
        steps = List.copyOf(layouts.steps());
        Map<Buffer, Long> offsets = places(layouts.constants().keySet());
        arenaBytes = end(offsets);
        arena = weights.isPlanned() ? null : bind(layouts.constants(), offsets);
        Pointer.trimMemory(); // what packing the weights took for a while goes back to the system
        forward = new Team(steps.subList(0, forwardSteps), team);
        backward = new Team(steps.subList(forwardSteps, steps.size()), team);
    }

    /** Makes the outputs available row-major, and returns the number of steps after that. */
    private int readOutputs(Network network, Layouts layouts) {
        network.outputs().forEach((name, value) -> outputs.put(name, layouts.get(value, Layout.PLAIN)));
        return layouts.steps().size();
    }

    /**
     * Gives every buffer its place: constants are at the beginning, and every other buffer has the lowest place in the rest of
     * the arena that is free while it is in use.
     */
    private Map<Buffer, Long> places(Set<Buffer> constants) {
        List<Buffer> buffers = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            for (Buffer buffer : steps.get(step).buffers()) {
                if (buffer.lastStep < 0 && !buffer.isConstant()) {
                    buffers.add(buffer);
                }
                buffer.usedBy(step);
            }
        }
        for (Buffer input : inputs.values()) {
            if (input.lastStep < 0) {
                buffers.add(input);
            }
            input.usedBy(-1); // filled before the first step
            input.lastStep = Math.max(input.lastStep, 0);
        }
        outputs.values().forEach(output -> output.usedBy(forwardSteps)); // read before the backward pass
        for (Buffer gradient : outputGradients.values()) {
            if (gradient.lastStep < 0) {
                buffers.add(gradient);
            }
            gradient.usedBy(forwardSteps);
        }
        inputGradients.values().forEach(buffer -> buffer.usedBy(steps.size()));
        buffers.removeAll(inPlace());
        Map<Buffer, Long> offsets = new HashMap<>();
        long next = 0;
        for (Buffer constant : constants) {
            offsets.put(constant, next);
            next += aligned(constant);
        }
        long constantBytes = next;
        plan(buffers).forEach((buffer, offset) -> offsets.put(buffer, constantBytes + offset));
        return offsets;
    }

    private static long end(Map<Buffer, Long> offsets) {
        return offsets.entrySet().stream()
                .mapToLong(place -> place.getValue() + aligned(place.getKey()))
                .max()
                .orElse(0);
    }

    /** Makes the arena, and binds every buffer to its place in it. */
    private BytePointer bind(Map<Buffer, WeightSource> constants, Map<Buffer, Long> offsets) {
        BytePointer memory = new BytePointer(arenaBytes + ALIGNMENT);
        long base = (ALIGNMENT - memory.address() % ALIGNMENT) % ALIGNMENT;
        offsets.forEach((buffer, offset) -> buffer.bind(memory.getPointer(base + offset)));
        constants.forEach((buffer, source) -> source.read(buffer::copyFrom));
        steps.stream().flatMap(step -> step.buffers().stream()).forEach(Buffer::bindInPlace);
        steps.forEach(Step::bind);
        return memory;
    }

    /** Gives results the places of operands that are read for the last time when they are made, and returns these results. */
    private Set<Buffer> inPlace() {
        Set<Buffer> placed = new HashSet<>();
        for (int i = 0; i < steps.size(); i++) {
            Buffer result = steps.get(i).overwriting();
            if (result == null || result.firstStep < i || result.isConstant()) {
                continue;
            }
            for (Buffer operand : steps.get(i).overwritten()) {
                if (operand != null && operand.isLastReadBy(i) && operand.byteSize() == result.byteSize()) {
                    result.takePlaceOf(operand);
                    placed.add(result);
                    break;
                }
            }
        }
        return placed;
    }

    private static long aligned(Buffer buffer) {
        return (buffer.byteSize() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static Map<Buffer, Long> plan(List<Buffer> buffers) {
        // Large buffers come first, since small ones fit in between.
        List<Buffer> order = new ArrayList<>(buffers);
        order.sort(Comparator.comparingLong(Buffer::byteSize).reversed());
        Map<Buffer, Long> offsets = new HashMap<>();
        List<Buffer> placed = new ArrayList<>();
        for (Buffer buffer : order) {
            long offset = 0;
            // Goes through the buffers that are in use at the same time, from the lowest, and takes the first gap that
            // is large enough.
            List<Buffer> rivals = placed.stream()
                    .filter(other -> other.firstStep <= buffer.lastStep && buffer.firstStep <= other.lastStep)
                    .sorted(Comparator.comparingLong(offsets::get))
                    .toList();
            for (Buffer rival : rivals) {
                if (offset + aligned(buffer) <= offsets.get(rival)) {
                    break;
                }
                offset = Math.max(offset, offsets.get(rival) + aligned(rival));
            }
            offsets.put(buffer, offset);
            placed.add(buffer);
        }
        return offsets;
    }

    /**
     * Runs the network.
     *
     * @param arrays the inputs, whose shapes were checked
     * @param results get the outputs, row-major float32
     * @param others the threads that work with this one, one fewer than the program was made for; those of a program for
     *     training have nothing to do
     * @param cancelled asked before each part of a step
     * @throws java.util.concurrent.CancellationException if it is true; then the results aren't complete
     */
    void run(
            Map<String, INDArray> arrays,
            Map<String, INDArray> results,
            List<ExecutorService> others,
            BooleanSupplier cancelled) {
        arrays.forEach((name, array) -> inputs.get(name).copyFrom(array));
        run(forward, others, cancelled);
        results.forEach((name, result) -> read(outputs.get(name), result));
    }

    /**
     * Runs the backward pass of the last run.
     *
     * @param gradients the gradients of the outputs, row-major
     * @param results get the requested gradients of inputs
     */
    void runBackward(Map<String, INDArray> gradients, Map<String, INDArray> results) {
        gradients.forEach((name, gradient) -> outputGradients.get(name).copyFrom(gradient));
        run(backward, List.of(), () -> false);
        results.forEach((name, result) -> {
            Buffer found = inputGradients.get(name);
            if (found != null) {
                read(found, result);
            }
        });
    }

    private static void read(Buffer from, INDArray to) {
        Pointer.memcpy(to.data().addressPointer(), from.pointer(), from.byteSize());
    }

    private void run(Team team, List<ExecutorService> others, BooleanSupplier cancelled) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i < team.threads(); i++) {
            int thread = i;
            running.add(others.get(i - 1).submit(() -> team.run(thread, cancelled)));
        }
        team.run(0, cancelled);
        WaitForAll.of(running);
        stream._wait();
        team.check();
    }

    /** The memory of all arrays, in bytes. */
    long arrayBytes() {
        return arenaBytes;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.deallocate();
        }
    }
}
