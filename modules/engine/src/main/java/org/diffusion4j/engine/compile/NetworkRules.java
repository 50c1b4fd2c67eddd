package org.diffusion4j.engine.compile;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;

/**
 * What holds of a network after every stage: each value is made once, each operand is there before it is read, a value knows
 * what makes it, an op's shapes agree, the outputs are made. A fault is one of the stage that has just run, which is named.
 */
final class NetworkRules {
    private final String stage;
    private final Set<Value> there = new HashSet<>();

    private NetworkRules(String stage) {
        this.stage = stage;
    }

    /**
     * Checks a network.
     *
     * @param network after the stage
     * @param stage its name
     * @throws IllegalStateException if a rule is broken; the message says by which stage, which rule, and where
     */
    static void check(Network network, String stage) {
        NetworkRules rules = new NetworkRules(stage);
        rules.there.addAll(network.inputs().values());
        network.nodes().forEach(rules::check);
        network.outputs()
                .forEach((name, output) ->
                        rules.require(rules.there.contains(output), "output '%s' is made by no op", name));
    }

    private void check(Node node) {
        for (Value operand : node.operands()) {
            boolean known = operand.parameter() != null || there.contains(operand);
            require(known, "%s: operand %s is read before it is made", node, operand);
        }
        List<Value> results = node.results();
        require(node.output() != null, "%s: has no result", node);
        for (Value result : results) {
            require(result.producer() == node, "%s: %s says that %s makes it", node, result, result.producer());
            require(there.add(result), "%s: %s is made twice", node, result);
        }
        String broken = ShapeRules.broken(node.op(), node.output());
        require(broken == null, "%s: expected %s", node, broken);
    }

    private void require(boolean holds, String otherwise, Object... where) {
        if (!holds) {
            throw new IllegalStateException("after " + stage + ": " + String.format(Locale.ROOT, otherwise, where));
        }
    }
}
