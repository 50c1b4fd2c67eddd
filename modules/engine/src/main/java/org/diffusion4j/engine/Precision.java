package org.diffusion4j.engine;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni_2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** The type of the numbers that the compiled engine multiplies. Sums, norms, activations and attention are always in float32. */
public enum Precision {
    /**
     * {@link #BF16} if the processor has AMX, whose tiles multiply sixteen times as many numbers in bf16 as its vectors do
     * in float32. Otherwise {@link #FP32}, which is more exact: vectors multiply at best twice as many numbers in bf16,
     * while Winograd's algorithm, for which bf16 is too coarse, saves float32 three quarters of the multiplications of a
     * 3×3 convolution. With AVX-512's bf16 instructions (AMD Zen 5), bf16 is therefore only 4 to 13 percent faster.
     */
    AUTO,
    /** Float32. */
    FP32,
    /**
     * The upper half of a float32: 8 bits of exponent, 8 of significand. The packed weights take half the memory of the
     * parameters in float32; in float32, the weights of Winograd's algorithm take more. bf16 needs a processor with the
     * bf16 instructions of AVX-512, AVX-NE-CONVERT or AMX. A primitive runs in float32 if oneDNN has none in bf16 for its
     * shape.
     *
     * <p>A network's output is within 2e-2 of that in float32, measured as the Euclidean norm of the difference divided by
     * the norm of the output; within 5e-2 if group norms over two or three elements amplify the rounding. Pictures of 20
     * steps of DDIM with {@code ddpm-mnist} differ by less than 1 of 255 in the mean over all pixels; single pixels near an
     * edge may differ by more.
     *
     * <p>In training, the operands of convolutions are rounded in both passes (so the gradient of a bias is a sum of
     * rounded numbers), and those of transposed convolutions and linear layers in the forward pass only. Parameters,
     * gradients and the optimiser's state are in float32. All gradients together are within 3e-2 of those in float32 for
     * networks with the usual options. Since bf16 has the exponents of float32, the loss needn't be scaled (Kalamkar et al.
     * 2019, arXiv:1905.12322).
     */
    BF16;

    /**
     * The precision that this one means on this processor.
     *
     * @return {@link #FP32} or {@link #BF16}
     * @throws Diffusion4jException if this is {@link #BF16} and the processor doesn't have it
     * @throws LinkageError if oneDNN's natives are missing
     */
    public Precision here() {
        return this == FP32 ? FP32 : on(dnnl_get_effective_cpu_isa());
    }

    /**
     * The precision that this one means on a processor.
     *
     * @param instructions oneDNN's bits for instruction sets, where a set's bits include those of the sets that it builds
     *     on; 0 if the processor isn't x86
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

    /** The precision's name on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
