package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.ir.Op;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PrimitivesTest {
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final Primitives primitives = new Primitives(processor, new stream(processor), 1, false);

    @Test
    void oneThatIsTheReferencesLoopsIsNotMadeForTheProcessor() {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
        assertTrue(Primitives.isMade(doubling()));
        primitive_desc widePadding = transposed(17, 1, 20, 70, 300, 276);
        assertTrue(widePadding.asBoolean());
        assertFalse(Primitives.isMade(widePadding), widePadding.impl_info_str().getString());
    }

    /** A transposed convolution that doubles an image of 8×8. */
    private primitive_desc doubling() {
        return transposed(4, 2, 1, 16, 8, 16);
    }

    private primitive_desc transposed(long kernel, int stride, int padding, long channels, long from, long to) {
        ConvolutionForm form = ConvolutionForm.of(
                new Op.TransposedConvolution(stride, padding, true), channels, channels, kernel, kernel);
        return primitives.deconvolution(
                prop_kind.forward_inference, form, Primitives.BF16, image(channels, from), image(channels, to));
    }

    private static memory.desc image(long channels, long size) {
        return new memory.desc(new long[] {1, channels, size, size}, Primitives.F32, memory.format_tag.nhwc);
    }
}
