package org.diffusion4j.engine.onednn;

import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The number of OpenMP threads for what the calling thread runs. ND4J's natives and oneDNN share one OpenMP library. */
final class OpenMp {
    private static final NativeOps OPS = NativeOpsHolder.getInstance().getDeviceNativeOps();
    private static final ThreadLocal<Integer> CURRENT = ThreadLocal.withInitial(() -> 0);

    private OpenMp() {}

    static void setThreads(int threads) {
        if (CURRENT.get() != threads) {
            OPS.setOmpNumThreads(threads);
            CURRENT.set(threads);
        }
    }
}
