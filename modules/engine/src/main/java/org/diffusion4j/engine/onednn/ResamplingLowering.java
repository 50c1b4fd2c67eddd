package org.diffusion4j.engine.onednn;

import org.diffusion4j.engine.ir.ResamplingOp.Pool;
import org.diffusion4j.engine.ir.ResamplingOp.PoolGradient;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearestGradient;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** Lowers the ops that change the size of images. */
final class ResamplingLowering {
    private final Layouts layouts;
    private final Kernels kernels;

    ResamplingLowering(Target target) {
        this.layouts = target.layouts();
        this.kernels = target.kernels();
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Pool.class, this::pool);
        lowerings.add(PoolGradient.class, this::poolGradient);
        lowerings.add(UpsampleNearest.class, this::upsample);
        lowerings.add(UpsampleNearestGradient.class, this::upsampleGradient);
    }

    private void pool(Pool op, Value result) {
        Value in = op.x();
        Buffer x = layouts.get(in, Layout.PLAIN);
        Buffer y = layouts.make(result, Layout.PLAIN);
        int planes = in.size(0) * in.size(1);
        layouts.loop(() -> Loops.pool(op.max(), x, y, planes, in.size(2), in.size(3)), x, y);
    }

    private void poolGradient(PoolGradient op, Value result) {
        Value in = op.x();
        Buffer x = layouts.get(in, Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        Buffer dx = layouts.make(result, Layout.PLAIN);
        int planes = in.size(0) * in.size(1);
        layouts.loop(() -> Loops.poolGradient(op.max(), x, dy, dx, planes, in.size(2), in.size(3)), x, dy, dx);
    }

    private void upsample(UpsampleNearest op, Value result) {
        Value in = op.x();
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        Buffer y = layouts.make(result, Layout.CHANNELS_LAST);
        int line = 4 * in.size(1) * in.size(3);
        int rows = in.size(0) * in.size(2);
        layouts.loop(
                // The rows of all images are one image to the loop.
                Stage.rows(
                        rows,
                        line,
                        (from, to) -> kernels.upsampleNearest(
                                x.bytes(), from * line, y.bytes(), 4 * from * line, to - from, in.size(3), in.size(1))),
                x,
                y);
    }

    private void upsampleGradient(UpsampleNearestGradient op, Value out) {
        Buffer dy = layouts.get(op.dy(), Layout.CHANNELS_LAST);
        Buffer dx = layouts.make(out, Layout.CHANNELS_LAST);
        int image = 4 * out.size(1) * out.size(2) * out.size(3);
        layouts.loop(
                () -> {
                    for (int i = 0; i < out.size(0); i++) {
                        kernels.upsampleNearestGradient(
                                dy.bytes(),
                                4 * i * image,
                                dx.bytes(),
                                i * image,
                                out.size(2),
                                out.size(3),
                                out.size(1));
                    }
                },
                dy,
                dx);
    }
}
