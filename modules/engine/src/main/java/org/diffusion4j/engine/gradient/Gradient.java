package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/**
 * How an op is differentiated.
 *
 * @param <O> the op
 */
@FunctionalInterface
interface Gradient<O extends Op> {
    /**
     * Contributes to the gradients of the op's operands.
     *
     * @param op of the forward pass
     * @param y its result
     * @param dy the gradient of that
     * @param backward where gradients go
     */
    void of(O op, Value y, Value dy, Differentiate backward);
}
