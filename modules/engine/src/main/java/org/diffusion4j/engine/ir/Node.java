package org.diffusion4j.engine.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An op with its operands.
 *
 * @param op what is done
 * @param inputs the operands; null where an op's optional operand is absent
 * @param outputs the results; null where an optional one isn't wanted
 */
public record Node(Op op, List<Value> inputs, List<Value> outputs) {
    /** Makes itself known to its outputs. */
    public Node {
        inputs = Collections.unmodifiableList(new ArrayList<>(inputs));
        outputs = Collections.unmodifiableList(new ArrayList<>(outputs));
        for (Value output : outputs) {
            if (output != null) {
                output.producedBy(this);
            }
        }
    }

    /**
     * An op with one result.
     *
     * @param op what is done
     * @param inputs the operands
     * @param output the result
     */
    public Node(Op op, List<Value> inputs, Value output) {
        this(op, inputs, List.of(output));
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

    /**
     * A result.
     *
     * @param index from 0
     * @return the result; null if it isn't wanted
     */
    public Value output(int index) {
        return index < outputs.size() ? outputs.get(index) : null;
    }

    /**
     * The first result.
     *
     * @return the result
     */
    public Value output() {
        return outputs.get(0);
    }
}
