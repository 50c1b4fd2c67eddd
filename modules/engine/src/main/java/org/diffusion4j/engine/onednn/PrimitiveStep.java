package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A oneDNN primitive with its arguments. */
final class PrimitiveStep implements Step {
    private final primitive primitive;
    private final engine engine;
    private final stream stream;
    private final int threads;
    private final Map<Integer, Argument> arguments = new LinkedHashMap<>();
    private final IntMemoryMap bound = new IntMemoryMap();
    /** Objects that are kept alive, since JavaCPP frees what nothing refers to. */
    private final List<Pointer> kept = new ArrayList<>();

    private record Argument(memory.desc shape, Buffer buffer, long offset) {
        Pointer pointer() {
            return new BytePointer(buffer.pointer()).position(offset);
        }
    }

    PrimitiveStep(primitive primitive, engine engine, stream stream, int threads) {
        this.primitive = primitive;
        this.engine = engine;
        this.stream = stream;
        this.threads = threads;
    }

    PrimitiveStep with(int argument, memory.desc shape, Buffer buffer) {
        return with(argument, shape, buffer, 0);
    }

    /** Sets an argument that is a part of a buffer, which begins after some bytes. */
    PrimitiveStep with(int argument, memory.desc shape, Buffer buffer, long offset) {
        arguments.put(argument, new Argument(shape, buffer, offset));
        return this;
    }

    /** Sets an argument that is a packed weight, which has its own memory. */
    PrimitiveStep with(int argument, memory weight) {
        bound.put(argument, weight);
        kept.add(weight);
        return this;
    }

    /** Sets an argument that is a part of a packed weight, which begins after some bytes. */
    PrimitiveStep with(int argument, memory.desc shape, memory weight, long offset) {
        kept.add(weight);
        return with(argument, new memory(shape, engine, new BytePointer(weight.get_data_handle()).position(offset)));
    }

    @Override
    public List<Buffer> buffers() {
        return arguments.values().stream().map(Argument::buffer).toList();
    }

    @Override
    public void bind() {
        arguments.forEach((argument, value) -> {
            memory memory = new memory(value.shape, engine, value.pointer());
            bound.put(argument, memory);
            kept.add(memory);
        });
    }

    @Override
    public void run() {
        OpenMp.setThreads(threads);
        primitive.execute(stream, bound);
    }
}
