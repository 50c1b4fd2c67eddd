package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;

/**
 * Puts one op in the place of several that do the same. A pattern is matched from its last op backwards. The ops before it are
 * left where they are: those whose results nobody reads any more are dropped afterwards.
 */
public interface Rewrite {
    /**
     * Looks at an op that may be the last of the pattern.
     *
     * @param last with its operands and its result
     * @param uses who reads what at the moment
     * @return the op that makes the same result; null to leave the one that is there
     */
    Op apply(Node last, Uses uses);
}
