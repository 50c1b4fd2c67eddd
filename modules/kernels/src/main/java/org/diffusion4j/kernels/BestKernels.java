package org.diffusion4j.kernels;

import java.lang.module.ModuleFinder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Chooses the kernels once, by trying: the vector API is incubating, so a JVM may lack its module or have another form of it. */
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
            // This goes to a stream that every program has, because this module logs nothing else, and the user may
            // have no logger.
            System.err.println("diffusion4j: networks take up to 2.4 times as long as they need, as " + reason());
            return new PlainKernels();
        }
    }

    private static String reason() {
        String module = "jdk.incubator.vector";
        if (ModuleLayer.boot().findModule(module).isPresent()) {
            return "the vector module of Java " + Runtime.version().feature() + " has another form than those known";
        }
        return ModuleFinder.ofSystem().find(module).isPresent()
                ? "the vector module isn't there: start java with --add-modules " + module
                : "this Java has no module " + module;
    }
}
