package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedGeometry;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PrimitivesTest {
    private final engine processor = new engine(engine.kind.cpu, 0);
    private final Primitives primitives = new Primitives(processor, new stream(processor), 1, 1, false);

    private static void assumeThere() {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    @Test
    void oneThatIsTheReferencesLoopsIsNotMadeForTheProcessor() {
        assumeThere();
        assertTrue(Primitives.isMade(doubling()));
        primitive_desc widePadding = transposed(17, 1, 20, 70, 300, 276);
        assertTrue(widePadding.asBoolean());
        assertFalse(Primitives.isMade(widePadding), widePadding.impl_info_str().getString());
    }

    @Test
    void allImagesGetWhatOneGets() {
        assumeThere();
        primitive_desc one = rows(1);
        String name = one.impl_info_str().getString();
        for (int images = 2; images <= 64; images *= 2) {
            int count = images;
            primitive_desc all = Primitives.madeAs(one, () -> rows(count));
            assertEquals(name, all.impl_info_str().getString());
            assertEquals(count, all.src_desc().get_dims().get(0));
        }
        primitive_desc other = Primitives.madeAs(doubling(), () -> rows(3));
        assertEquals(rows(3).impl_info_str().getString(), other.impl_info_str().getString(), "there is no such one");
        primitive_desc none = new primitive_desc();
        assertSame(none, Primitives.madeAs(none, () -> rows(3)));
    }

    /** A linear layer of one row an image. */
    private primitive_desc rows(long images) {
        ConvolutionForm form = ConvolutionForm.linear(64, 128);
        return new convolution_forward.primitive_desc(
                processor,
                prop_kind.forward_inference,
                algorithm.convolution_direct,
                new memory.desc(new long[] {images, 128, 1, 1}, Primitives.BF16, memory.format_tag.nhwc),
                form.any(Primitives.BF16),
                new memory.desc(),
                new memory.desc(new long[] {images, 64, 1, 1}, Primitives.F32, memory.format_tag.nhwc),
                form.stride(),
                form.before(),
                form.after(),
                Primitives.attributes(),
                false);
    }

    /** A transposed convolution that doubles an image of 8×8. */
    private primitive_desc doubling() {
        return transposed(4, 2, 1, 16, 8, 16);
    }

    private primitive_desc transposed(long kernel, int stride, int padding, long channels, long from, long to) {
        ConvolutionForm form =
                ConvolutionForm.of(new TransposedGeometry(stride, padding, true), channels, channels, kernel, kernel);
        return primitives.deconvolution(
                prop_kind.forward_inference, form, Primitives.BF16, image(channels, from), image(channels, to));
    }

    private static memory.desc image(long channels, long size) {
        return new memory.desc(new long[] {1, channels, size, size}, Primitives.F32, memory.format_tag.nhwc);
    }
}
