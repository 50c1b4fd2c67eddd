package org.diffusion4j.engine.compile;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;

/**
 * The rules that a network must obey after every stage: each value is made once, each operand is made before it is read, a
 * value knows the op that makes it, an op's shapes agree, and the outputs are made. If a rule is broken, the stage that has
 * just run is at fault and is named.
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
     * @param network the network after the stage
     * @param stage the name of the stage
     * @throws IllegalStateException if a rule is broken; the message says which stage broke which rule, and where
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
