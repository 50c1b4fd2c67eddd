package org.diffusion4j.samediff;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;

/** Reads a SameDiff graph in order to translate it: which op makes a variable, and which ops an output needs. */
public final class GraphReader {
    private final SameDiff graph;
    private final List<SourceOp> ops;
    private final Map<String, SourceOp> producers = new HashMap<>();

    /**
     * Reads which variables the ops make.
     *
     * @param graph the graph; its ops must not change from now on
     */
    public GraphReader(SameDiff graph) {
        this.graph = graph;
        this.ops = graph.getOps().values().stream().map(SourceOp::new).toList();
        ops.forEach(op -> op.results().forEach(name -> producers.put(name, op)));
    }

    /**
     * A variable of the graph.
     *
     * @param name its name
     * @return the variable
     * @throws UnsupportedGraphException if there is no such variable
     */
    public SDVariable variable(String name) {
        SDVariable variable = graph.getVariable(name);
        if (variable == null) {
            throw new UnsupportedGraphException(
                    String.format(Locale.ROOT, "variable '%s': expected one, found none", name));
        }
        return variable;
    }

    /**
     * The placeholders.
     *
     * @return their names
     */
    public List<String> placeholders() {
        return graph.inputs();
    }

    /**
     * Whether a variable is a placeholder.
     *
     * @param name any name
     * @return true if it is the name of a placeholder
     */
    public boolean isPlaceholder(String name) {
        return graph.hasVariable(name) && graph.getVariable(name).getVariableType() == VariableType.PLACEHOLDER;
    }

    /**
     * Whether a variable's content is in the graph, as that of a trained parameter or a constant is.
     *
     * @param name the variable's name
     * @return true if its content is in the graph
     */
    public boolean isParameter(String name) {
        VariableType type = variable(name).getVariableType();
        return type == VariableType.VARIABLE || type == VariableType.CONSTANT;
    }

    /**
     * The op that makes a variable.
     *
     * @param variable its name
     * @return the op; null if no op makes the variable
     */
    public SourceOp producer(String variable) {
        return producers.get(variable);
    }

    /**
     * The op that makes a variable, if the op is of a given kind.
     *
     * @param variable its name
     * @param kind such as {@code conv2d}
     * @return the op; null if it is of another kind
     */
    public SourceOp producer(String variable, String kind) {
        SourceOp producer = producers.get(variable);
        return producer != null && producer.kind().equals(kind) ? producer : null;
    }

    /**
     * The chain of ops that leads to a variable, from the last op back: each makes the first operand of the one before it
     * in the list.
     *
     * @param variable its name
     * @param kinds the kinds of the ops, the last op's first
     * @return the ops; empty if the ops aren't of these kinds
     */
    public List<SourceOp> chain(String variable, String... kinds) {
        List<SourceOp> chain = new ArrayList<>();
        String current = variable;
        for (String kind : kinds) {
            SourceOp op = producer(current, kind);
            if (op == null) {
                return List.of();
            }
            chain.add(op);
            current = op.operand(0);
        }
        return chain;
    }

    /**
     * The ops that outputs need, each after the ops that it needs itself.
     *
     * @param outputs the names of the outputs
     * @return the ops, otherwise in the graph's own order
     * @throws UnsupportedGraphException if ops need each other
     */
    public List<SourceOp> needed(Collection<String> outputs) {
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(outputs);
        while (!open.isEmpty()) {
            SourceOp op = producers.get(open.pop());
            if (op != null && needed.add(op.name())) {
                open.addAll(op.operands());
            }
        }
        return inOrder(ops.stream().filter(op -> needed.contains(op.name())).toList());
    }

    /**
     * Puts ops in an order in which they can run. SameDiff keeps its ops in the order in which they were made, which is
     * such an order, but a loaded graph may list them in another. So ops whose operands are known are taken until none is
     * left.
     */
    private List<SourceOp> inOrder(List<SourceOp> needed) {
        List<SourceOp> order = new ArrayList<>();
        Set<String> made = new HashSet<>();
        List<SourceOp> waiting = needed;
        while (!waiting.isEmpty()) {
            List<SourceOp> later = new ArrayList<>();
            for (SourceOp op : waiting) {
                boolean ready =
                        op.operands().stream().allMatch(name -> !producers.containsKey(name) || made.contains(name));
                if (ready) {
                    order.add(op);
                    made.addAll(op.results());
                } else {
                    later.add(op);
                }
            }
            if (later.size() == waiting.size()) {
                SourceOp stuck = later.get(0);
                throw new UnsupportedGraphException(
                        String.format(Locale.ROOT, "op '%s' (%s): is part of a loop", stuck.kind(), stuck.name()));
            }
            waiting = later;
        }
        return order;
    }
}
