package org.diffusion4j.engine.read;

import java.util.List;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads SameDiff's ops of one kind. */
@FunctionalInterface
interface Reader {
    /**
     * Adds ops that do the same to the network.
     *
     * @param op the op whose arguments are read; arguments that aren't supported are refused
     * @param operands the operands, in the op's order
     * @param reading gets the result
     */
    void read(SourceOp op, List<Value> operands, Reading reading);
}
