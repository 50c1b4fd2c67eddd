package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/**
 * Differentiates an op.
 *
 * @param <O> the op
 */
@FunctionalInterface
interface Gradient<O extends Op> {
    /**
     * Contributes to the gradients of the op's operands.
     *
     * @param op the op of the forward pass
     * @param y its result
     * @param dy the gradient of the result
     * @param backward collects the gradients
     */
    void of(O op, Value y, Value dy, Differentiate backward);
}
