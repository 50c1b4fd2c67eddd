package org.diffusion4j.engine.gradient;

import java.util.Arrays;
import java.util.function.Function;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ReductionOp.SumTo;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.ShapeOp.Pad;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.Slice;
import org.diffusion4j.engine.ir.ShapeOp.Tile;
import org.diffusion4j.engine.ir.ShapeOp.ToImage;
import org.diffusion4j.engine.ir.ShapeOp.ToSequence;
import org.diffusion4j.engine.ir.Value;

/** The gradients of ops that move numbers to other places: the gradient of each is an op that undoes it. */
final class ShapeGradients {
    private ShapeGradients() {}

    /** Makes the op that undoes an op of one operand, applied to the gradient of its result. */
    private interface Undoing<O extends Op> {
        Op of(O op, Value dy);
    }

    static void addTo(Gradients gradients) {
        add(gradients, Reshape.class, Reshape::x, (op, dy) -> new Reshape(dy));
        add(gradients, ToSequence.class, ToSequence::image, (op, dy) -> new ToImage(dy));
        add(gradients, ToImage.class, ToImage::sequence, (op, dy) -> new ToSequence(dy));
        add(gradients, Permute.class, Permute::x, (op, dy) -> new Permute(dy, inverse(op.order())));
        add(
                gradients,
                Slice.class,
                Slice::x,
                (op, dy) -> new Pad(
                        dy, Arrays.stream(op.begin()).mapToInt(i -> (int) i).toArray()));
        add(
                gradients,
                Pad.class,
                Pad::x,
                (op, dy) ->
                        new Slice(dy, Arrays.stream(op.front()).asLongStream().toArray()));
        add(gradients, Tile.class, Tile::x, (op, dy) -> new SumTo(dy));
        gradients.add(Concat.class, (op, y, dy, backward) -> concat(op, dy, backward));
    }

    private static <O extends Op> void add(
            Gradients gradients, Class<O> type, Function<O, Value> operand, Undoing<O> undoing) {
        gradients.add(type, (op, y, dy, backward) -> {
            Value x = operand.apply(op);
            backward.contribute(x, backward.emit(undoing.of(op, dy), x));
        });
    }

    private static int[] inverse(int... order) {
        int[] inverse = new int[order.length];
        for (int i = 0; i < inverse.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }

    private static void concat(Concat op, Value dy, Differentiate backward) {
        int before = 0;
        for (Value part : op.parts()) {
            long[] begin = new long[part.rank()];
            begin[op.axis()] = before;
            if (backward.wanted(part)) {
                backward.contribute(part, backward.emit(new Slice(dy, begin), part));
            }
            before += part.size(op.axis());
        }
    }
}
