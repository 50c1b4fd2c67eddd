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

/** A SameDiff graph as one who translates it reads it: which op makes a variable, and which ops an output needs. */
public final class GraphReader {
    private final SameDiff graph;
    private final List<SourceOp> ops;
    private final Map<String, SourceOp> producers = new HashMap<>();

    /**
     * Reads which variables the ops make.
     *
     * @param graph whose ops stay as they are from now on
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
     * @throws UnsupportedGraphException if there is none
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
     * @param name of a variable, or of none
     * @return true if it is
     */
    public boolean isPlaceholder(String name) {
        return graph.hasVariable(name) && graph.getVariable(name).getVariableType() == VariableType.PLACEHOLDER;
    }

    /**
     * Whether a variable has its content in the graph: a trained parameter or a constant.
     *
     * @param name of a variable
     * @return true if it has
     */
    public boolean isParameter(String name) {
        VariableType type = variable(name).getVariableType();
        return type == VariableType.VARIABLE || type == VariableType.CONSTANT;
    }

    /**
     * The op that makes a variable.
     *
     * @param variable its name
     * @return the op; null if the variable is given
     */
    public SourceOp producer(String variable) {
        return producers.get(variable);
    }

    /**
     * The op that makes a variable, if it is of that kind.
     *
     * @param variable its name
     * @param kind such as {@code conv2d}
     * @return the op; else null
     */
    public SourceOp producer(String variable, String kind) {
        SourceOp producer = producers.get(variable);
        return producer != null && producer.kind().equals(kind) ? producer : null;
    }

    /**
     * The ops from a variable back, each the producer of the one before's first operand.
     *
     * @param variable its name
     * @param kinds of the ops, the last one first
     * @return the ops; empty if they aren't of these kinds
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
     * The ops that outputs need, each after those that it needs itself.
     *
     * @param outputs the variables that are asked for
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
     * SameDiff keeps its ops in the order in which they were made, which is one in which they can run. A loaded graph may list
     * them otherwise: those are taken whose operands are there, until none is left.
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
