package org.diffusion4j.engine.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** An op with its result. */
public final class Node {
    private final Op op;
    private final Value output;
    private final List<Value> operands;
    private final List<Value> results;

    /**
     * Makes itself known to its results.
     *
     * @param op what is done, with its operands
     * @param output the result; null for an op that adds to the parameters' gradients
     */
    public Node(Op op, Value output) {
        this.op = op;
        this.output = output;
        Operands derived = Operands.of(op);
        this.operands = derived.read();
        List<Value> all = new ArrayList<>();
        if (output != null) {
            all.add(output);
        }
        all.addAll(derived.made());
        this.results = Collections.unmodifiableList(all);
        results.forEach(result -> result.producedBy(this));
    }

    /**
     * What is done.
     *
     * @return the op
     */
    public Op op() {
        return op;
    }

    /**
     * The main result.
     *
     * @return the result; null for an op that adds to the parameters' gradients
     */
    public Value output() {
        return output;
    }

    /**
     * What the op reads, by the record's components.
     *
     * @return those that are there
     */
    public List<Value> operands() {
        return operands;
    }

    /**
     * What it makes: the main result and what the record's components have beside it.
     *
     * @return those that are wanted
     */
    public List<Value> results() {
        return results;
    }

    @Override
    public String toString() {
        return op.getClass().getSimpleName() + " -> " + results;
    }
}
