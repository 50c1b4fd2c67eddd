package org.diffusion4j.engine.read;

import java.util.List;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads SameDiff's ops of one kind. */
@FunctionalInterface
interface Reader {
    /**
     * Adds what does the same to the network.
     *
     * @param op whose arguments are read; those that nothing here computes are refused
     * @param operands in the op's order
     * @param reading where the result goes
     */
    void read(SourceOp op, List<Value> operands, Reading reading);
}
