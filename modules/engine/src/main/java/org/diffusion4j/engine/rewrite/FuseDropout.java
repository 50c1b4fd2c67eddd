package org.diffusion4j.engine.rewrite;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Hash;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.WeightSource;

/**
 * Fuses dropout by a hash of each element's position, so that no array of hashes is needed.
 *
 * <pre>
 * x ──────────────────────────────────────→ × → ÷ (1 - share)          x, phase → Dropout
 * hash → ≥ share → cast → reshape as x ───┘
 *
 * hash: positions 0, 1, 2, … → × step → + phase → fraction → rounds
 * round: h ─┬→ + left ──→ × → × scale → fraction          fraction: h ─┬─────────→ −
 *           └→ + right ─┘                                              └→ floor ─┘
 * </pre>
 */
final class FuseDropout implements Rewrite {
    @Override
    public Dropout apply(Node last, Uses uses) {
        Unary scaled = Uses.is(last, Function.Kind.DIVIDE);
        Binary masked = scaled == null ? null : uses.inner(scaled.x(), Binary.Kind.MULTIPLY);
        Reshape reshape = masked == null ? null : uses.inner(masked.right(), Reshape.class);
        Unary cast = reshape == null ? null : uses.inner(reshape.x(), Function.Kind.CAST);
        Unary kept = cast == null ? null : uses.inner(cast.x(), Function.Kind.AT_LEAST);
        if (kept == null) {
            return null;
        }
        double share = kept.function().scalar();
        // The graph divides by a float32 number, which for most shares isn't 1 - share in double precision.
        boolean fits = (float) scaled.function().scalar() == (float) (1 - share)
                && masked.left().sameShape(last.output())
                && cast.x().rank() == 2;
        return fits ? hashed(masked.left(), share, kept.x()) : null;
    }

    /** Matches rounds of fraction((h + left)·(h + right)·scale) on fraction(position·step + phase); null if they don't match. */
    private static Dropout hashed(Value x, double share, Value hash) {
        List<Hash.Round> rounds = new ArrayList<>();
        Value value = hash;
        while (true) {
            Value inside = fractionOf(value);
            Binary begin = Uses.made(inside, Binary.Kind.ADD);
            if (begin != null) {
                Unary steps = Uses.made(begin.left(), Function.Kind.MULTIPLY);
                Reshape row = steps == null ? null : Uses.made(steps.x(), Reshape.class);
                Value phase = begin.right();
                boolean fits = row != null
                        && isCount(row.x().parameter(), hash.size(1))
                        && phase.rank() == 2
                        && phase.size(1) == 1;
                return fits
                        ? new Dropout(x, phase, share, new Hash(steps.function().scalar(), rounds))
                        : null;
            }
            Unary scaled = Uses.made(inside, Function.Kind.MULTIPLY);
            Binary product = scaled == null ? null : Uses.made(scaled.x(), Binary.Kind.MULTIPLY);
            Unary left = product == null ? null : Uses.made(product.left(), Function.Kind.ADD);
            Unary right = product == null ? null : Uses.made(product.right(), Function.Kind.ADD);
            if (left == null || right == null || left.x() != right.x()) {
                return null;
            }
            rounds.add(
                    0,
                    new Hash.Round(
                            left.function().scalar(),
                            right.function().scalar(),
                            scaled.function().scalar()));
            value = left.x();
        }
    }

    /** The value h if a value is h - floor(h); otherwise null. */
    private static Value fractionOf(Value value) {
        Binary fraction = Uses.made(value, Binary.Kind.SUBTRACT);
        Unary floor = fraction == null ? null : Uses.made(fraction.right(), Function.Kind.FLOOR);
        return floor != null && floor.x() == fraction.left() ? fraction.left() : null;
    }

    private static boolean isCount(WeightSource source, int length) {
        return source != null
                && source.length() == length
                && source.use(numbers -> IntStream.range(0, length).allMatch(i -> numbers.getDouble(i) == i));
    }
}
