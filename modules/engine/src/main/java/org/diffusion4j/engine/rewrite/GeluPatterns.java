package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;

/** What the rewrites of GELU's forms have in common. */
final class GeluPatterns {
    private GeluPatterns() {}

    /**
     * The operand of x·scalar, if the scalar is the given one; null if there is none. A graph in float32 has rounded it.
     */
    static Value scaled(Value value, double scalar, Uses uses) {
        Unary product = uses.inner(value, Function.Kind.MULTIPLY);
        return product != null && Math.abs(product.function().scalar() - scalar) <= 1e-6 * scalar ? product.x() : null;
    }

    /** The operand of a function in x·½·(function + 1); null if the product isn't that. */
    static Unary insideCdf(Binary product, Function.Kind function, Uses uses) {
        Value twice = product == null ? null : scaled(product.right(), 0.5, uses);
        Unary sum = uses.inner(twice, Function.Kind.ADD);
        return sum != null && sum.function().scalar() == 1 ? uses.inner(sum.x(), function) : null;
    }

    /** Whether the loops take the numbers. */
    static boolean isFloat(Value value) {
        return value.dataType() == DataType.FLOAT;
    }
}
