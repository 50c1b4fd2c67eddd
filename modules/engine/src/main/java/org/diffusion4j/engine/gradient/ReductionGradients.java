package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ReductionOp.SoftmaxGradient;
import org.diffusion4j.engine.ir.ShapeOp.Tile;
import org.diffusion4j.engine.ir.Value;

/** The gradients of ops that reduce whole dimensions. */
final class ReductionGradients {
    private ReductionGradients() {}

    static void addTo(Gradients gradients) {
        gradients.add(
                Softmax.class,
                (op, y, dy, backward) ->
                        backward.contribute(op.x(), backward.emit(new SoftmaxGradient(y, dy), op.x())));
        gradients.add(Mean.class, ReductionGradients::mean);
    }

    private static void mean(Mean op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        double count = (double) x.length() / y.length();
        Value share = backward.emit(new Unary(dy, new Function(Function.Kind.DIVIDE, count)), dy);
        int[] times = new int[x.rank()];
        for (int i = 0; i < times.length; i++) {
            times[i] = x.size(i) / dy.size(i);
        }
        backward.contribute(x, backward.emit(new Tile(share, times), x));
    }
}
