package org.diffusion4j.engine.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** An op together with its result. */
public final class Node {
    private final Op op;
    private final Value output;
    private final List<Value> operands;
    private final List<Value> results;

    /**
     * Makes a node, and makes it known to its results.
     *
     * @param op the op with its operands
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
     * Makes a node with the same op of other values.
     *
     * @param by gives the value that takes the place of one of the op's values, whether that is read or made
     * @param result the main result
     * @return a new node
     */
    public Node with(UnaryOperator<Value> by, Value result) {
        return new Node(Operands.replaced(op, by), result);
    }

    /**
     * The op.
     *
     * @return the op with its operands
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
     * The values that the op reads, as the components of its record say.
     *
     * @return the operands that aren't null
     */
    public List<Value> operands() {
        return operands;
    }

    /**
     * The values that the op makes: the main result, and those among the components of its record.
     *
     * @return the results that aren't null
     */
    public List<Value> results() {
        return results;
    }

    @Override
    public String toString() {
        return op.getClass().getSimpleName() + " -> " + results;
    }
}
