package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.ResamplingOp.Pool;
import org.diffusion4j.engine.ir.ResamplingOp.PoolGradient;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearestGradient;

/** The gradients of ops that change the size of images. */
final class ResamplingGradients {
    private ResamplingGradients() {}

    static void addTo(Gradients gradients) {
        gradients.add(
                Pool.class,
                (op, y, dy, backward) ->
                        backward.contribute(op.x(), backward.emit(new PoolGradient(op.x(), dy, op.max()), op.x())));
        gradients.add(
                UpsampleNearest.class,
                (op, y, dy, backward) ->
                        backward.contribute(op.x(), backward.emit(new UpsampleNearestGradient(dy), op.x())));
    }
}
