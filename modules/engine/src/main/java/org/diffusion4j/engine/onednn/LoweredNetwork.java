package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.BytePointer;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.gradient.Checkpointing;
import org.diffusion4j.engine.gradient.Differentiate;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parallel.Cancellation;
import org.diffusion4j.kernels.Kernels;

/**
 * A network as a flat list of steps, each array of which has its place in one arena. No memory is taken for the arrays before
 * it is {@linkplain #bind bound}.
 */
final class LoweredNetwork {
    private static final long ALIGNMENT = 64;

    private final Layouts layouts;
    private final List<Step> steps;
    private final int forwardSteps;
    private final Map<String, Buffer> inputs = new HashMap<>();
    private final Map<String, Buffer> outputs = new HashMap<>();
    private final Map<String, Buffer> outputGradients = new HashMap<>();
    private final Map<String, Buffer> inputGradients = new HashMap<>();
    private final Map<Buffer, Long> offsets;
    private final long bytes;

    /**
     * Lowers a network.
     *
     * @param both the network with its backward pass; null for the forward pass only
     */
    private LoweredNetwork(
            Network network,
            Primitives primitives,
            Weights weights,
            Training training,
            Differentiate.Result both,
            BooleanSupplier cancelled) {
        layouts = new Layouts(primitives, weights, training);
        Lowerings lowerings = new Lowerings(new Target(
                layouts,
                primitives,
                weights,
                network.batch(),
                training,
                Kernels.best(),
                new WinogradChoice(network.nodes(), training != null)));
        network.inputs().forEach((name, value) -> inputs.put(name, layouts.input(value)));
        (both == null ? network.nodes() : both.forward()).forEach(node -> {
            Cancellation.check(cancelled);
            lowerings.lower(node);
        });
        network.outputs().forEach((name, value) -> outputs.put(name, layouts.get(value, Layout.PLAIN)));
        forwardSteps = layouts.steps().size();
        if (both != null) {
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
        offsets = places(layouts.constants().keySet());
        bytes = end(offsets);
    }

    /**
     * Lowers a network. With checkpointing, there are two ways to keep values; which of them takes less memory isn't known
     * before both are lowered, since steps need memory of their own.
     *
     * @param training the worker's part in training; null for the forward pass only
     * @param cancelled asked before the weights of each op are packed
     * @throws java.util.concurrent.CancellationException if it is true; what is packed stays so, for the next time
     */
    static LoweredNetwork of(
            Network network, Primitives primitives, Weights weights, Training training, BooleanSupplier cancelled) {
        if (training == null) {
            return new LoweredNetwork(network, primitives, weights, null, null, cancelled);
        }
        Set<Value> wanted = new HashSet<>();
        training.inputs().forEach(name -> wanted.add(network.inputs().get(name)));
        Differentiate.Result both =
                Differentiate.of(network.nodes(), network.outputs().values(), training::has, wanted);
        LoweredNetwork keeping =
                new LoweredNetwork(network, primitives, weights, training, Checkpointing.ofCopies(both), cancelled);
        if (!training.checkpointing()) {
            return keeping;
        }
        LoweredNetwork again =
                new LoweredNetwork(network, primitives, weights, training, Checkpointing.of(both), cancelled);
        return again.bytes < keeping.bytes ? again : keeping;
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

    /**
     * Takes the memory of the arrays, and binds every buffer to its place in it.
     *
     * @return the memory, which the caller frees
     */
    BytePointer bind() {
        BytePointer memory = new BytePointer(bytes + ALIGNMENT);
        long base = (ALIGNMENT - memory.address() % ALIGNMENT) % ALIGNMENT;
        offsets.forEach((buffer, offset) -> buffer.bind(memory.getPointer(base + offset)));
        layouts.constants().forEach((buffer, source) -> source.read(buffer::copyFrom));
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

    List<Step> forwardSteps() {
        return steps.subList(0, forwardSteps);
    }

    List<Step> backwardSteps() {
        return steps.subList(forwardSteps, steps.size());
    }

    /** The inputs by name. */
    Map<String, Buffer> inputs() {
        return inputs;
    }

    /** The outputs by name, row-major. */
    Map<String, Buffer> outputs() {
        return outputs;
    }

    /** The gradients of the outputs by the output's name, row-major; none without a backward pass. */
    Map<String, Buffer> outputGradients() {
        return outputGradients;
    }

    /** The gradients of those inputs for which they were requested and which have one, by the input's name, row-major. */
    Map<String, Buffer> inputGradients() {
        return inputGradients;
    }

    /** The memory of all arrays, in bytes. */
    long bytes() {
        return bytes;
    }
}
