package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.parallel.PhysicalCores;

/**
 * A 3×3 convolution that oneDNN computes without anything around it: 128 channels of 32×32 pixels, channels last, 8 images.
 * Its rate is what a network's rate is compared with, since it is near the most that a processor does.
 */
public final class PlainConvolution implements AutoCloseable {
    private static final long IMAGES = 8;
    private static final long CHANNELS = 128;
    private static final long SIDE = 32;
    private static final long KERNEL = 3;
    /** Bytes that make a number near 0.75 in either type; a denormal number would take longer. */
    private static final int ORDINARY = 0x3f;

    private final int threads;
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final stream stream = new stream(processor);
    private final BytePointer[] arrays = new BytePointer[3];
    private final IntMemoryMap arguments = new IntMemoryMap();
    private final convolution_forward primitive;

    /**
     * Makes a convolution.
     *
     * @param threads the number of threads that share it
     * @param bf16 whether its operands are in bf16, which the processor must have; the result is float32
     * @throws LinkageError if oneDNN's natives are missing
     */
    public PlainConvolution(int threads, boolean bf16) {
        this.threads = PhysicalCores.checkedThreads(threads);
        memory.data_type type = bf16 ? Primitives.BF16 : Primitives.F32;
        long[] images = {IMAGES, CHANNELS, SIDE, SIDE};
        long[] one = {1, 1};
        OpenMp.setThreads(threads);
        convolution_forward.primitive_desc description = new convolution_forward.primitive_desc(
                processor,
                prop_kind.forward_inference,
                algorithm.convolution_direct,
                new memory.desc(images, type, memory.format_tag.nhwc),
                new memory.desc(new long[] {CHANNELS, CHANNELS, KERNEL, KERNEL}, type, memory.format_tag.any),
                new memory.desc(images, Primitives.F32, memory.format_tag.nhwc),
                one,
                one,
                one);
        this.primitive = new convolution_forward(description);
        bind(0, DNNL_ARG_SRC, description.src_desc());
        bind(1, DNNL_ARG_WEIGHTS, description.weights_desc());
        bind(2, DNNL_ARG_DST, description.dst_desc());
    }

    private void bind(int index, int argument, memory.desc shape) {
        arrays[index] = new BytePointer(shape.get_size());
        Pointer.memset(arrays[index], ORDINARY, shape.get_size());
        arguments.put(argument, new memory(shape, processor, arrays[index]));
    }

    /**
     * The arithmetic of a run.
     *
     * @return two operations for each multiplication and addition
     */
    public long operations() {
        return 2 * IMAGES * CHANNELS * SIDE * SIDE * CHANNELS * KERNEL * KERNEL;
    }

    /** Computes it once, on the calling thread and those that help it. */
    public void run() {
        OpenMp.setThreads(threads);
        primitive.execute(stream, arguments);
        stream._wait();
    }

    /** Frees its memory. */
    @Override
    public void close() {
        for (BytePointer array : arrays) {
            array.close();
        }
    }
}
