package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.pass.Fuse;
import org.diffusion4j.engine.pass.Trace;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network for one batch size: a flat list of steps over one arena. trace → fuse → emit → plan memory → bind. Nothing is
 * allocated while it runs. For one thread at a time.
 */
final class Program implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final List<Step> steps;
    private final stream stream;
    private final Map<String, Buffer> inputs = new HashMap<>();
    private final Buffer output;
    private final BytePointer arena;

    Program(SameDiff graph, String outputName, long batch, engine engine, Weights weights, int threads) {
        Trace.Result trace = Trace.of(graph, outputName, batch);
        List<Node> nodes = Fuse.all(trace.nodes(), trace.output());
        stream = new stream(engine);
        Emit emit = new Emit(engine, stream, weights, threads);
        for (Map.Entry<String, Value> input : trace.inputs().entrySet()) {
            inputs.put(input.getKey(), emit.input(input.getValue()));
        }
        nodes.forEach(emit::add);
        output = emit.get(trace.output(), Layout.PLAIN);
        steps = List.copyOf(emit.steps());
        arena = bind(emit.constants());
    }

    /** Gives every buffer its place: constants their own, all others the lowest that is free as long as they are in use. */
    private BytePointer bind(Map<Buffer, INDArray> constants) {
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
        output.usedBy(steps.size()); // read after the last
        Map<Buffer, Long> offsets = plan(buffers);
        long constantBytes =
                constants.keySet().stream().mapToLong(Program::aligned).sum();
        long size = constantBytes;
        for (Map.Entry<Buffer, Long> place : offsets.entrySet()) {
            size = Math.max(size, constantBytes + place.getValue() + aligned(place.getKey()));
        }
        BytePointer memory = new BytePointer(size + ALIGNMENT);
        long base = (ALIGNMENT - memory.address() % ALIGNMENT) % ALIGNMENT;
        long next = base;
        for (Map.Entry<Buffer, INDArray> constant : constants.entrySet()) {
            constant.getKey().bind(memory.getPointer(next));
            next += aligned(constant.getKey());
            copy(constant.getValue(), constant.getKey());
        }
        offsets.forEach((buffer, offset) -> buffer.bind(memory.getPointer(base + constantBytes + offset)));
        steps.forEach(Step::bind);
        return memory;
    }

    private static long aligned(Buffer buffer) {
        return (buffer.byteSize() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static Map<Buffer, Long> plan(List<Buffer> buffers) {
        // Large ones first: the small ones fit in between.
        List<Buffer> order = new ArrayList<>(buffers);
        order.sort(Comparator.comparingLong(Buffer::byteSize).reversed());
        Map<Buffer, Long> offsets = new HashMap<>();
        List<Buffer> placed = new ArrayList<>();
        for (Buffer buffer : order) {
            long offset = 0;
            // Those that are in use at the same time, from the lowest on: take the first gap that is wide enough.
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

    private static void copy(INDArray from, Buffer to) {
        INDArray rows = from.ordering() == 'c' && !from.isView() ? from : from.dup('c');
        if (!to.isWide() && rows.dataType() == DataType.FLOAT) {
            // The elements themselves: no conversion, no copy on the heap.
            Pointer.memcpy(to.pointer(), rows.data().addressPointer(), to.byteSize());
            return;
        }
        for (long i = 0; i < to.length(); i++) {
            to.set(i, rows.data().getDouble(i));
        }
    }

    /** Runs the network for the given arrays, whose shapes were checked, into {@code result}, row-major float32. */
    void run(Map<String, INDArray> arrays, INDArray result) {
        arrays.forEach((name, array) -> copy(array, inputs.get(name)));
        for (Step step : steps) {
            step.run();
        }
        stream._wait();
        Pointer.memcpy(result.data().addressPointer(), output.pointer(), output.byteSize());
    }

    @Override
    public void close() {
        arena.deallocate();
    }
}
