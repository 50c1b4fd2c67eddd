package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Chosen once, by trying: the vector API is incubating, and later Javas have other methods. */
final class BestKernels {
    static final Kernels INSTANCE = choose();

    private BestKernels() {}

    private static Kernels choose() {
        try {
            Kernels vectors = new VectorKernels();
            ByteBuffer x = ByteBuffer.allocateDirect(256).order(ByteOrder.nativeOrder());
            vectors.silu(x, x, 64);
            return vectors;
        } catch (LinkageError e) {
            return new PlainKernels();
        }
    }
}
