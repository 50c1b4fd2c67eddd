package org.diffusion4j.engine.onednn;

import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/**
 * Turns an op into steps.
 *
 * @param <O> the op
 */
@FunctionalInterface
interface Lowering<O extends Op> {
    /**
     * Adds the steps.
     *
     * @param op the op with its operands
     * @param y its result; null for an op that adds to the parameters' gradients
     */
    void lower(O op, Value y);
}
