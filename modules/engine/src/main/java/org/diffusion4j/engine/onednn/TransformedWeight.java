package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.BytePointer;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weight of a 3×3 convolution in Winograd's domain, for the time of the convolution only: it is read from its source and
 * transformed anew in each pass, into memory that other steps use before and after. An image that is large beside the weight
 * makes that worth its time.
 */
final class TransformedWeight {
    private final Kernels kernels;
    private final Value weight;
    private final memory.desc wanted;
    /** As the transform writes it. */
    private final Buffer plane;
    /** As the products read it. */
    private final Buffer packed;

    private final PrimitiveStep packing;

    /**
     * Makes the step.
     *
     * @param weight a parameter that doesn't change, [out, in, 3, 3]
     * @param wanted the layout that the products need, of [36, in, out]
     */
    TransformedWeight(Kernels kernels, Primitives primitives, Value weight, memory.desc wanted) {
        this.kernels = kernels;
        this.weight = weight;
        this.wanted = wanted;
        memory.desc plain = Primitives.plain(Winograd.NUMBERS, weight.size(1), weight.size(0));
        this.plane = new Buffer(plain.get_size() / Float.BYTES, false, false);
        this.packed = new Buffer(wanted.get_size() / Float.BYTES, false, false);
        reorder.primitive_desc description =
                new reorder.primitive_desc(primitives.engine(), plain, primitives.engine(), wanted);
        this.packing = primitives
                .step(new reorder(description), 1)
                .with(DNNL_ARG_FROM, plain, plane)
                .with(DNNL_ARG_TO, wanted, packed);
    }

    memory.desc layout() {
        return wanted;
    }

    Buffer packed() {
        return packed;
    }

    List<Buffer> buffers() {
        return List.of(plane, packed);
    }

    void bind() {
        packing.bind();
    }

    void run() {
        weight.parameter().read(array -> {
            boolean asItIs = array.dataType() == DataType.FLOAT && array.ordering() == 'c' && !array.isView();
            INDArray plain = asItIs ? array : array.castTo(DataType.FLOAT).dup('c');
            try {
                long bytes = Float.BYTES * weight.length();
                BytePointer address = new BytePointer(plain.data().addressPointer())
                        .limit(bytes)
                        .capacity(bytes);
                kernels.winogradWeight(
                        address.asByteBuffer().order(ByteOrder.nativeOrder()),
                        weight.size(0),
                        weight.size(1),
                        false,
                        plane.bytes());
            } finally {
                Reference.reachabilityFence(plain); // its memory is read until here
                if (plain != array) {
                    plain.close();
                }
            }
        });
        packing.run();
    }
}
