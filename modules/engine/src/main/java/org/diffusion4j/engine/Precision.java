package org.diffusion4j.engine;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni_2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** What the compiled engine multiplies. Sums, norms, activations and attention are in float32 always. */
public enum Precision {
    /**
     * {@link #BF16} where the processor has AMX, whose tiles multiply sixteen times as many numbers in bf16 as its vectors
     * do in float32. Else {@link #FP32}, the more exact: vectors multiply twice as many numbers in bf16 at best, while
     * Winograd's algorithm, which bf16 is too coarse for, spares float32 three quarters of a 3×3 convolution's
     * multiplications. On AVX-512's bf16 instructions (AMD Zen 5) that leaves a gain of some 4 to 13 percent.
     */
    AUTO,
    /** Float32. */
    FP32,
    /**
     * The upper half of a float32: 8 bits of exponent, 8 of significand. The packed weights take half the memory of the
     * parameters in float32 (Winograd's, which float32 has them in where it is faster, take more). For processors with
     * AVX-512's, AVX-NE-CONVERT's or AMX's bf16 instructions; where oneDNN has no such primitive for a shape, that one is in
     * float32.
     *
     * <p>A network's output is within 2e-2 of float32's, by the Euclidean norm of the difference over that of the output;
     * within 5e-2 where norms over two or three elements multiply the rounding. Pictures of 20 steps of DDIM with {@code
     * ddpm-mnist} differ by less than 1 of 255 in the mean over all pixels; single ones near an edge may differ by more.
     *
     * <p>In training the operands of convolutions are rounded in both passes (the gradient of a bias is a sum of what
     * was rounded), those of transposed convolutions and linear layers in the forward one;
     * parameters, gradients and the optimiser's state are in float32. All gradients together are within 3e-2 of float32's for
     * networks of the usual options. A bf16 has float32's exponents: no scaling of the loss is needed (Kalamkar et al. 2019,
     * arXiv:1905.12322).
     */
    BF16;

    /**
     * What this one is on this processor.
     *
     * @return {@link #FP32} or {@link #BF16}
     * @throws Diffusion4jException if this is {@link #BF16} and the processor doesn't have it
     * @throws LinkageError if oneDNN's natives aren't there
     */
    public Precision here() {
        return this == FP32 ? FP32 : on(dnnl_get_effective_cpu_isa());
    }

    /**
     * What this one is on a processor.
     *
     * @param instructions oneDNN's bits, each set a superset of those that it builds on; 0 on one that isn't x86
     */
    Precision on(int instructions) {
        boolean has = has(instructions, dnnl_cpu_isa_avx512_core_bf16) || has(instructions, dnnl_cpu_isa_avx2_vnni_2);
        if (this == BF16 && !has) {
            throw new Diffusion4jException("precision: expected fp32 or auto, as this processor has no instructions for"
                    + " bf16 (AVX512_BF16, AVX_NE_CONVERT or AMX), found bf16");
        }
        boolean amx = has(instructions, dnnl_cpu_isa_avx512_core_amx);
        return this == BF16 || (this == AUTO && amx) ? BF16 : FP32;
    }

    private static boolean has(int instructions, int wanted) {
        return (instructions & wanted) == wanted;
    }

    /** Its name on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
