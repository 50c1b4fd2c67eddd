package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A oneDNN primitive that runs many times on different parts of the same buffers. */
final class MovingPrimitive implements BlockStep {
    private final primitive primitive;
    private final engine engine;
    private final stream stream;
    private final int threads;
    private final List<Operand> operands = new ArrayList<>();
    private final List<memory> memories = new ArrayList<>();
    private final IntMemoryMap bound = new IntMemoryMap();

    /**
     * A part of a buffer.
     *
     * @param buffer the whole buffer
     * @param bytesPerImage the distance from one image to the next; 0 if all images use the same part
     * @param bytesPerHead the distance from one head to the next; 0 if all heads use the same part
     * @param bytesPerQuery the distance from one query to the next; 0 if all queries use the same part
     * @param bytesPerKey the distance from one key to the next; 0 if all keys use the same part
     */
    record Window(Buffer buffer, long bytesPerImage, long bytesPerHead, long bytesPerQuery, long bytesPerKey) {
        /** A window that is always the whole buffer. */
        static Window still(Buffer buffer) {
            return new Window(buffer, 0, 0, 0, 0);
        }

        Pointer at(long image, long head, long query, long key) {
            long offset = image * bytesPerImage + head * bytesPerHead + query * bytesPerQuery + key * bytesPerKey;
            return new BytePointer(buffer.pointer()).position(offset);
        }
    }

    private record Operand(int argument, memory.desc shape, Window window) {}

    MovingPrimitive(primitive_desc description, engine engine, stream stream, int threads) {
        this(new primitive(description), engine, stream, threads);
    }

    /** Of a primitive without a scratchpad. */
    MovingPrimitive(primitive primitive, engine engine, stream stream, int threads) {
        this.primitive = primitive;
        this.engine = engine;
        this.stream = stream;
        this.threads = threads;
    }

    MovingPrimitive with(int argument, memory.desc shape, Window window) {
        operands.add(new Operand(argument, shape, window));
        return this;
    }

    @Override
    public List<Buffer> buffers() {
        return operands.stream().map(operand -> operand.window.buffer).toList();
    }

    @Override
    public void bind() {
        for (Operand operand : operands) {
            memory memory = new memory(operand.shape, engine, operand.window.buffer.pointer());
            bound.put(operand.argument, memory);
            memories.add(memory);
        }
    }

    @Override
    public void run(long image, long head, long query) {
        run(image, head, query, 0);
    }

    /** Runs for a block of queries and a tile of keys. */
    void run(long image, long head, long query, long key) {
        for (int i = 0; i < memories.size(); i++) {
            memories.get(i).set_data_handle(operands.get(i).window.at(image, head, query, key));
        }
        OpenMp.setThreads(threads);
        primitive.execute(stream, bound);
    }
}
