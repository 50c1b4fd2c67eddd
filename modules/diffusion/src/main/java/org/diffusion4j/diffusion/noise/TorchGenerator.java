package org.diffusion4j.diffusion.noise;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * PyTorch's CPU generator: {@code torch.Generator().manual_seed(seed)} and the float32 numbers that {@code torch.randn}
 * draws from it, equal up to the last bits of logarithm, sine and cosine. The engine is the Mersenne twister MT19937
 * (Matsumoto and Nishimura 1998); the two algorithms that turn uniform into normal numbers are PyTorch's
 * (ATen/native/cpu/DistributionTemplates.h, ATen/core/DistributionsHelper.h). Not safe for use by several threads.
 */
public final class TorchGenerator {
    private static final int STATE_LENGTH = 624;
    private static final int SHIFT = 397;
    /** PyTorch fills an array of at least this many numbers in blocks of this size. */
    private static final int BLOCK = 16;

    private final int[] state = new int[STATE_LENGTH];
    private int next = STATE_LENGTH;

    /** The second number of the last pair drawn one by one; NaN if there is none. */
    private double cachedNormal = Double.NaN;

    /** @param seed any number; as in PyTorch, only its lower 32 bits matter */
    public TorchGenerator(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < STATE_LENGTH; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /**
     * Draws standard normal numbers like {@code torch.randn(shape, generator=generator)}.
     *
     * @param shape the shape of the array
     * @return a new float array in row-major order
     */
    public INDArray randn(long... shape) {
        long length = 1;
        for (long dimension : shape) {
            length = Math.multiplyExact(length, dimension);
        }
        float[] values = new float[Math.toIntExact(length)];
        fillNormal(values, 0, values.length);
        return Nd4j.create(values, shape, 'c');
    }

    /**
     * Draws the standard normal numbers of one {@code torch.randn} into a part of an array.
     *
     * @param values the array
     * @param offset the index of the first number
     * @param length how many numbers; the algorithm depends on it
     */
    void fillNormal(float[] values, int offset, int length) {
        if (length < BLOCK) {
            for (int i = 0; i < length; i++) {
                values[offset + i] = (float) nextNormal();
            }
            return;
        }
        fillUniform(values, offset, length);
        for (int i = 0; i <= length - BLOCK; i += BLOCK) {
            transformBlock(values, offset + i);
        }
        if (length % BLOCK != 0) {
            // PyTorch draws the whole last block anew, including the numbers of it that it has drawn already.
            fillUniform(values, offset + length - BLOCK, BLOCK);
            transformBlock(values, offset + length - BLOCK);
        }
    }

    private void fillUniform(float[] values, int offset, int length) {
        for (int i = 0; i < length; i++) {
            values[offset + i] = (nextInt() & 0xffffff) * 0x1p-24f;
        }
    }

    /** Box-Muller: the first half of the block gives the radii, the second the angles. */
    private static void transformBlock(float[] values, int offset) {
        for (int i = offset; i < offset + BLOCK / 2; i++) {
            float radius = (float) Math.sqrt(-2 * (float) Math.log(1 - values[i]));
            float angle = (float) (2 * Math.PI) * values[i + BLOCK / 2];
            values[i] = radius * (float) Math.cos(angle);
            values[i + BLOCK / 2] = radius * (float) Math.sin(angle);
        }
    }

    /** Box-Muller in double. It draws two numbers at a time and keeps the second for the next call. */
    private double nextNormal() {
        if (!Double.isNaN(cachedNormal)) {
            double normal = cachedNormal;
            cachedNormal = Double.NaN;
            return normal;
        }
        double angle = 2 * Math.PI * nextDouble();
        double radius = Math.sqrt(-2 * Math.log1p(-nextDouble()));
        cachedNormal = radius * Math.sin(angle);
        return radius * Math.cos(angle);
    }

    /** Uniform in [0, 1), 53 bits of two draws. */
    private double nextDouble() {
        long high = nextInt();
        long low = nextInt() & 0xffffffffL;
        return ((high << 32 | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    /** The engine's next 32 bits, tempered. */
    private int nextInt() {
        if (next == STATE_LENGTH) {
            regenerate();
        }
        int bits = state[next++];
        bits ^= bits >>> 11;
        bits ^= bits << 7 & 0x9d2c5680;
        bits ^= bits << 15 & 0xefc60000;
        return bits ^ bits >>> 18;
    }

    private void regenerate() {
        for (int i = 0; i < STATE_LENGTH; i++) {
            int bits = (state[i] & 0x80000000) | (state[(i + 1) % STATE_LENGTH] & 0x7fffffff);
            state[i] = state[(i + SHIFT) % STATE_LENGTH] ^ (bits >>> 1) ^ ((bits & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }
}
