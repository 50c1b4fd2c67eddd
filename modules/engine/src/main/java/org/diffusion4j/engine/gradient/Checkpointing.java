package org.diffusion4j.engine.gradient;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.GroupNormAgain;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.Value;

/**
 * Activation checkpointing (Chen et al. 2016, arXiv:1604.06174): the forward pass is cut into segments, and only what a later
 * segment reads, such as a skip connection, is kept for the backward pass. All else is computed once more, by the same ops,
 * just before the backward pass first reads it, so that the gradients are the same to the bit. Small values are always kept.
 * Of several ways to cut, the one whose values need the least memory at once is taken.
 */
public final class Checkpointing {
    /** A value that is so many times smaller than the largest is always kept. */
    private static final long SMALL = 64;
    /** The finest way to cut has segments of about this share of the forward pass's values. */
    private static final int MOST_SEGMENTS = 256;

    private final Differentiate.Result both;
    private final Map<Value, Integer> made = new HashMap<>();
    /** The last node of the forward pass that reads a value. */
    private final Map<Value, Integer> lastRead = new HashMap<>();

    private final Set<Value> small = new HashSet<>();

    private Checkpointing(Differentiate.Result both) {
        this.both = both;
        long largest = 0;
        for (int i = 0; i < both.forward().size(); i++) {
            Node node = both.forward().get(i);
            for (Value operand : node.operands()) {
                lastRead.put(operand, i);
            }
            for (Value result : node.results()) {
                made.put(result, i);
                largest = Math.max(largest, result.length());
            }
        }
        for (Value value : made.keySet()) {
            if (value.length() <= largest / SMALL) {
                small.add(value);
            }
        }
    }

    /**
     * Makes the backward pass compute parts of the forward pass once more.
     *
     * @param both a network with its backward pass
     * @return the same network, whose backward pass reads fewer values of the forward pass
     */
    public static Differentiate.Result of(Differentiate.Result both) {
        Checkpointing checkpointing = new Checkpointing(both);
        Set<Value> best = checkpointing.withoutCopies();
        long least = checkpointing.peak(checkpointing.backward(best));
        long all = both.forward().stream().mapToLong(Checkpointing::length).sum();
        for (double segments = 2; segments <= MOST_SEGMENTS; segments *= Math.sqrt(2)) {
            Set<Value> kept = checkpointing.kept((long) (all / segments));
            long peak = checkpointing.peak(checkpointing.backward(kept));
            if (peak < least) {
                least = peak;
                best = kept;
            }
        }
        return checkpointing.keeping(best);
    }

    /**
     * Makes the backward pass compute only those values of the forward pass once more that are copies of others, such as a
     * concatenation: this takes hardly any time, and its parts are often kept in any case.
     *
     * @param both a network with its backward pass
     * @return the same network, whose backward pass reads no copies that the forward pass has made, if that takes less memory
     */
    public static Differentiate.Result ofCopies(Differentiate.Result both) {
        Checkpointing checkpointing = new Checkpointing(both);
        Set<Value> kept = checkpointing.withoutCopies();
        boolean less = checkpointing.peak(checkpointing.backward(kept)) < checkpointing.peak(both.backward());
        return checkpointing.keeping(less ? kept : checkpointing.made.keySet());
    }

    private Differentiate.Result keeping(Set<Value> kept) {
        return new Differentiate.Result(both.forward(), backward(kept), both.outputGradients(), both.inputGradients());
    }

    private Set<Value> withoutCopies() {
        Set<Value> kept = new HashSet<>(made.keySet());
        kept.removeIf(value -> !small.contains(value)
                && isCopy(both.forward().get(made.get(value)).op()));
        return kept;
    }

    private static boolean isCopy(Op op) {
        return op instanceof Concat || op instanceof UpsampleNearest;
    }

    private static long length(Node node) {
        return node.results().stream().mapToLong(Value::length).sum();
    }

    /**
     * Cuts the forward pass, and says what is kept then.
     *
     * @param limit the number of elements that a segment makes at most, if that is more than a single op makes
     */
    private Set<Value> kept(long limit) {
        Set<Value> kept = new HashSet<>(small);
        int begin = 0;
        while (begin < both.forward().size()) {
            int cut = cut(begin, limit);
            for (int i = begin; i < cut; i++) {
                for (Value value : both.forward().get(i).results()) {
                    if (lastRead.getOrDefault(value, i) >= cut) {
                        kept.add(value);
                    }
                }
            }
            begin = cut;
        }
        return kept;
    }

    /** The cheapest place in the second half of a segment for its end. */
    private int cut(int begin, long limit) {
        int cut = begin + 1;
        long elements = 0;
        long least = Long.MAX_VALUE;
        long crossing = 0;
        for (int i = begin; i < both.forward().size(); i++) {
            Node node = both.forward().get(i);
            elements += length(node);
            if (elements > limit && i > begin) {
                break;
            }
            for (Value value : node.results()) {
                crossing += lastRead.getOrDefault(value, i) > i ? cost(value) : 0;
            }
            for (Value value : Set.copyOf(node.operands())) {
                crossing -= lastRead.get(value) == i && made.getOrDefault(value, -1) >= begin ? cost(value) : 0;
            }
            if (crossing <= least || 2 * elements <= limit) {
                least = crossing;
                cut = i + 1;
            }
        }
        return cut;
    }

    private long cost(Value value) {
        return small.contains(value) ? 0 : value.length();
    }

    /** The backward pass with those nodes of the forward pass that make what isn't kept. */
    private List<Node> backward(Set<Value> kept) {
        List<Node> nodes = new ArrayList<>();
        Map<Value, Value> copies = new HashMap<>();
        for (Node node : both.backward()) {
            BitSet again = missing(node, kept, copies);
            again.stream().forEach(i -> nodes.add(again(both.forward().get(i), kept, copies)));
            nodes.add(node.with(value -> copies.getOrDefault(value, value), node.output()));
        }
        return nodes;
    }

    /** The nodes of the forward pass that must run again before a node of the backward pass. */
    private BitSet missing(Node reader, Set<Value> kept, Map<Value, Value> copies) {
        BitSet found = new BitSet();
        Deque<Node> open = new ArrayDeque<>(List.of(reader));
        while (!open.isEmpty()) {
            for (Value operand : open.pop().operands()) {
                Integer index = made.get(operand);
                if (index != null && !kept.contains(operand) && !copies.containsKey(operand) && !found.get(index)) {
                    found.set(index);
                    open.push(both.forward().get(index));
                }
            }
        }
        return found;
    }

    private static Node again(Node node, Set<Value> kept, Map<Value, Value> copies) {
        for (Value result : node.results()) {
            copies.put(result, new Value("again " + result.name(), result.shape(), result.dataType(), null));
        }
        Value output = copies.get(node.output());
        if (node.op() instanceof GroupNorm norm && norm.kept() != null && kept.contains(norm.kept())) {
            copies.remove(norm.kept());
            Value x = copies.getOrDefault(norm.x(), norm.x());
            return new Node(new GroupNormAgain(x, norm.kept(), norm.grouping()), output);
        }
        return node.with(value -> copies.getOrDefault(value, value), output);
    }

    /** The most elements that are in memory at once, if both passes keep a value until it is last read. */
    private long peak(Collection<Node> backward) {
        List<Node> nodes = new ArrayList<>(both.forward());
        nodes.addAll(backward);
        Map<Value, Integer> last = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (Value value : nodes.get(i).results()) {
                last.put(value, i);
            }
            for (Value value : nodes.get(i).operands()) {
                last.replace(value, i); // a network's inputs and parameters aren't there
            }
        }
        long[] freed = new long[nodes.size()];
        last.forEach((value, i) -> freed[i] += value.length());
        long now = 0;
        long peak = 0;
        for (int i = 0; i < nodes.size(); i++) {
            now += length(nodes.get(i));
            peak = Math.max(peak, now);
            now -= freed[i];
        }
        return peak;
    }
}
