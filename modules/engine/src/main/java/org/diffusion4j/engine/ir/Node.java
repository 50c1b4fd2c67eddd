package org.diffusion4j.engine.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An op with its operands.
 *
 * @param op what is done
 * @param inputs the operands; null where an op's optional operand is absent
 * @param output the result
 */
public record Node(Op op, List<Value> inputs, Value output) {
    /** Makes itself known to its output. */
    public Node {
        inputs = Collections.unmodifiableList(new ArrayList<>(inputs));
        output.producedBy(this);
    }

    /**
     * An operand.
     *
     * @param index from 0
     * @return the operand; null if it is absent
     */
    public Value input(int index) {
        return index < inputs.size() ? inputs.get(index) : null;
    }
}
