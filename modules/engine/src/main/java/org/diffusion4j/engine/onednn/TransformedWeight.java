package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.BytePointer;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.kernels.WinogradForm;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weight of a 3×3 convolution in Winograd's domain, for the time of the convolution only: it is read from its source and
 * transformed anew in each pass, into memory that other steps use before and after. An image that is large beside the weight
 * makes that worth its time, and so does the memory in training with checkpointing.
 */
final class TransformedWeight {
    private final Kernels kernels;
    private final Value weight;
    /** The parameter's memory in training; null if it is read from its source. */
    private final Buffer changing;

    private final boolean backward;
    private final WinogradForm form;
    private final memory.desc wanted;
    /** As the transform writes it. */
    private final Buffer plane;
    /** As the products read it. */
    private final Buffer packed;

    private final PrimitiveStep packing;

    /**
     * Makes the step.
     *
     * @param weight a parameter, [out, in, 3, 3]
     * @param changing its memory if it is trained; null if it doesn't change
     * @param pass the pass in which it is read
     * @param form what it is transformed to
     * @param wanted the layout that the products need, of [products, in, out], or for the backward pass [products, out, in]
     */
    TransformedWeight(
            Kernels kernels,
            Primitives primitives,
            Value weight,
            Buffer changing,
            Weights.Pass pass,
            WinogradForm form,
            memory.desc wanted) {
        this.kernels = kernels;
        this.weight = weight;
        this.changing = changing;
        this.backward = pass == Weights.Pass.BACKWARD;
        this.form = form;
        this.wanted = wanted;
        int in = weight.size(backward ? 0 : 1);
        int out = weight.size(backward ? 1 : 0);
        memory.desc plain = Primitives.plain(form.products(), in, out);
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
        if (changing != null) {
            transform(changing.bytes());
        } else {
            weight.parameter().read(this::transform);
        }
        packing.run();
    }

    private void transform(INDArray array) {
        boolean asItIs = array.dataType() == DataType.FLOAT && array.ordering() == 'c' && !array.isView();
        INDArray plain = asItIs ? array : array.castTo(DataType.FLOAT).dup('c');
        try {
            long bytes = Float.BYTES * weight.length();
            BytePointer address =
                    new BytePointer(plain.data().addressPointer()).limit(bytes).capacity(bytes);
            transform(address.asByteBuffer().order(ByteOrder.nativeOrder()));
        } finally {
            Reference.reachabilityFence(plain); // its memory is read until here
            if (plain != array) {
                plain.close();
            }
        }
    }

    private void transform(ByteBuffer plain) {
        kernels.winogradWeight(form, plain, weight.size(0), weight.size(1), backward, plane.bytes());
    }
}
