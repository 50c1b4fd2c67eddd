package org.diffusion4j.engine.gradient;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;

/** The gradients of all ops that have one. Each op has only one gradient, so their order doesn't matter. */
public final class Gradients {
    private static final Gradients ALL = new Gradients();

    private final Map<Class<? extends Op>, Gradient<Op>> byOp = new HashMap<>();
    private final Map<Class<? extends Op>, BiFunction<Op, Value, Op>> keeping = new HashMap<>();

    private Gradients() {
        ElementwiseGradients.addTo(this);
        ShapeGradients.addTo(this);
        ReductionGradients.addTo(this);
        ProductGradients.addTo(this);
        AttentionGradients.addTo(this);
        ConvolutionGradients.addTo(this);
        NormGradients.addTo(this);
        ResamplingGradients.addTo(this);
    }

    /**
     * The ops that have a gradient.
     *
     * @return the classes of the ops
     */
    public static Set<Class<? extends Op>> differentiable() {
        return Set.copyOf(ALL.byOp.keySet());
    }

    /** Adds an op's gradient. */
    <O extends Op> void add(Class<O> op, Gradient<O> gradient) {
        Gradient<Op> any = (forward, y, dy, backward) -> gradient.of(op.cast(forward), y, dy, backward);
        if (byOp.put(op, any) != null) {
            throw new IllegalArgumentException("two gradients of " + op);
        }
    }

    /**
     * Adds an op whose backward pass reads more than its operands and its result.
     *
     * @param kept turns the op and its result into the same op with a further result
     */
    <O extends Op> void keep(Class<O> op, BiFunction<O, Value, O> kept) {
        keeping.put(op, (forward, y) -> kept.apply(op.cast(forward), y));
    }

    static Op keeping(Op op, Value y) {
        return ALL.keeping.getOrDefault(op.getClass(), (same, result) -> same).apply(op, y);
    }

    static Gradient<Op> of(Op op) {
        Gradient<Op> gradient = ALL.byOp.get(op.getClass());
        if (gradient == null) {
            throw new UnsupportedGraphException(
                    "the gradient of " + op.getClass().getSimpleName());
        }
        return gradient;
    }
}
