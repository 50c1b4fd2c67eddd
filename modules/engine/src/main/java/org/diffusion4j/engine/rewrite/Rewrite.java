package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;

/**
 * Replaces several ops by one that does the same. A pattern is matched from its last op backwards. The ops before the last
 * one stay; those whose results nobody reads any more are removed afterwards.
 */
public interface Rewrite {
    /**
     * Looks at an op that may be the last of the pattern.
     *
     * @param last the op with its operands and its result
     * @param uses which values are read how often at the moment
     * @return the op that makes the same result; null to keep the present one
     */
    Op apply(Node last, Uses uses);
}
