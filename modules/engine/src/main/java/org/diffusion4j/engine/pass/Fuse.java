package org.diffusion4j.engine.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Recognises compositions by their structure and puts one op in the place of each. A pattern is matched from its last op
 * backwards; what lies inside may have no other consumer. The order matters where a later pattern takes an earlier one's
 * result as its part.
 */
public final class Fuse {
    private List<Node> nodes;
    private final Value output;
    private Map<Value, Integer> consumers;

    private Fuse(List<Node> nodes, Value output) {
        this.nodes = nodes;
        this.output = output;
    }

    /**
     * Fuses what it can.
     *
     * @param nodes in an order in which they can run
     * @param output the network's result
     * @return fewer nodes, in such an order
     */
    public static List<Node> all(List<Node> nodes, Value output) {
        Fuse fuse = new Fuse(nodes, output);
        fuse.rewrite(fuse::normalization);
        fuse.rewrite(fuse::affineWeight); // after normalization
        fuse.rewrite(fuse::affineBias); // after affineWeight
        fuse.rewrite(fuse::embeddingScale); // after affineBias
        fuse.rewrite(fuse::embeddingShift); // after embeddingScale
        fuse.rewrite(fuse::silu);
        fuse.rewrite(fuse::activationOfNorm); // after silu and embeddingShift
        fuse.rewrite(fuse::embeddingBeforeNorm); // after normalization
        fuse.rewrite(fuse::convolutionOfParameter);
        fuse.rewrite(fuse::paddedConvolution); // after convolutionOfParameter
        fuse.rewrite(fuse::transposedConvolutionOfParameter);
        fuse.rewrite(fuse::linear);
        fuse.rewrite(fuse::linearBias); // after linear
        fuse.rewrite(fuse::toSequence);
        fuse.rewrite(fuse::toImage);
        fuse.rewrite(fuse::attention);
        fuse.rewrite(fuse::dropout);
        fuse.rewrite(fuse::residual); // after paddedConvolution
        return fuse.nodes;
    }

    private interface Rewrite {
        /** The node that takes this one's place, with the same output value; null to leave it. */
        Node apply(Node node);
    }

    private void rewrite(Rewrite rewrite) {
        count();
        List<Node> next = new ArrayList<>();
        for (Node node : nodes) {
            Node fused = rewrite.apply(node);
            next.add(fused == null ? node : fused);
        }
        nodes = next;
        dropUnused();
    }

    private void count() {
        consumers = new HashMap<>();
        consumers.merge(output, 1, Integer::sum);
        nodes.forEach(node -> node.inputs().stream()
                .filter(input -> input != null)
                .forEach(input -> consumers.merge(input, 1, Integer::sum)));
    }

    private void dropUnused() {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Value> open = new ArrayList<>(List.of(output));
        while (!open.isEmpty()) {
            Node producer = open.remove(open.size() - 1).producer();
            if (producer != null && used.add(producer)) {
                producer.inputs().stream().filter(input -> input != null).forEach(open::add);
            }
        }
        nodes = new ArrayList<>(nodes.stream().filter(used::contains).toList());
    }

    /** The producer if it has such an op and nobody else wants its output. */
    private Node inner(Value value, Class<? extends Op> op) {
        return value != null && consumers.getOrDefault(value, 0) == 1 ? any(value, op) : null;
    }

    private static Node any(Value value, Class<? extends Op> op) {
        return value != null
                        && value.producer() != null
                        && op.isInstance(value.producer().op())
                ? value.producer()
                : null;
    }

    private static boolean is(Node node, Op.Binary.Kind kind) {
        return node != null && node.op() instanceof Op.Binary binary && binary.kind() == kind;
    }

    private static boolean is(Node node, Op.Unary.Kind kind) {
        return node != null && node.op() instanceof Op.Unary unary && unary.kind() == kind;
    }

    private static Node fused(Op op, Node last, Value... inputs) {
        return new Node(op, Arrays.asList(inputs), last.output());
    }

    private static List<Value> with(List<Value> inputs, int index, Value value) {
        List<Value> all = new ArrayList<>(inputs);
        while (all.size() <= index) {
            all.add(null);
        }
        all.set(index, value);
        return all;
    }

    /** reshape, mean, subtract, square, mean, + eps, root, divide, reshape: a group norm without weights. */
    private Node normalization(Node last) {
        if (!(last.op() instanceof Op.Reshape) || last.output().rank() < 3) {
            return null;
        }
        Node divide = inner(last.input(0), Op.Binary.class);
        if (!is(divide, Op.Binary.Kind.DIVIDE)) {
            return null;
        }
        Node centered = any(divide.input(0), Op.Binary.class);
        Node root = inner(divide.input(1), Op.Unary.class);
        if (!is(centered, Op.Binary.Kind.SUBTRACT) || !is(root, Op.Unary.Kind.SQRT)) {
            return null;
        }
        Node eps = inner(root.input(0), Op.Unary.class);
        Node variance = eps == null ? null : inner(eps.input(0), Op.Mean.class);
        Node square = variance == null ? null : inner(variance.input(0), Op.Unary.class);
        Node mean = inner(centered.input(1), Op.Mean.class);
        if (!is(eps, Op.Unary.Kind.ADD) || !is(square, Op.Unary.Kind.SQUARE) || mean == null) {
            return null;
        }
        Node grouped = any(centered.input(0), Op.Reshape.class);
        if (square.input(0) != centered.output()
                || grouped == null
                || mean.input(0) != grouped.output()
                || consumers.get(centered.output()) != 2
                || consumers.get(grouped.output()) != 2) {
            return null;
        }
        Value x = grouped.input(0);
        Value groups = grouped.output();
        boolean overRows = Arrays.equals(((Op.Mean) mean.op()).dimensions(), new int[] {2})
                && Arrays.equals(((Op.Mean) variance.op()).dimensions(), new int[] {2});
        if (x.rank() != 4 || !x.sameShape(last.output()) || groups.rank() != 3 || !overRows) {
            return null;
        }
        if (groups.size(0) != x.size(0) || x.size(1) % groups.size(1) != 0) {
            return null; // groups of something else than channels
        }
        double epsilon = ((Op.Unary) eps.op()).scalar();
        return fused(
                new Op.GroupNorm(groups.size(1), epsilon, Kernels.Activation.NONE),
                last,
                x,
                null,
                null,
                null,
                null,
                null);
    }

    private Node normInside(Value value) {
        Node norm = inner(value, Op.GroupNorm.class);
        return norm != null && ((Op.GroupNorm) norm.op()).activation() == Kernels.Activation.NONE ? norm : null;
    }

    /** The parameter behind a reshape to [1, C, 1, 1]. */
    private static Value channelParameter(Value value, int channels) {
        Node reshape = any(value, Op.Reshape.class);
        Value parameter = reshape == null ? null : reshape.input(0);
        return parameter != null
                        && parameter.parameter() != null
                        && parameter.rank() == 1
                        && parameter.size(0) == channels
                ? parameter
                : null;
    }

    private Node affineWeight(Node last) {
        if (!is(last, Op.Binary.Kind.MULTIPLY)) {
            return null;
        }
        Node norm = normInside(last.input(0));
        Value weight = norm == null
                ? null
                : channelParameter(last.input(1), norm.output().size(1));
        return weight == null || norm.input(1) != null || norm.input(2) != null
                ? null
                : new Node(norm.op(), with(norm.inputs(), 1, weight), last.output());
    }

    private Node affineBias(Node last) {
        if (!is(last, Op.Binary.Kind.ADD)) {
            return null;
        }
        Node norm = normInside(last.input(0));
        Value bias = norm == null
                ? null
                : channelParameter(last.input(1), norm.output().size(1));
        return bias == null || norm.input(2) != null
                ? null
                : new Node(norm.op(), with(norm.inputs(), 2, bias), last.output());
    }

    private static boolean isEmbedding(Value value, Value image) {
        return value.rank() == 4
                && value.size(0) == image.size(0)
                && value.size(1) == image.size(1)
                && value.size(2) == 1
                && value.size(3) == 1
                && image.size(2) * image.size(3) > 1;
    }

    private Node embeddingScale(Node last) {
        if (!is(last, Op.Binary.Kind.MULTIPLY)) {
            return null;
        }
        Node norm = normInside(last.input(0));
        return norm == null || norm.input(4) != null || !isEmbedding(last.input(1), norm.output())
                ? null
                : new Node(norm.op(), with(norm.inputs(), 4, last.input(1)), last.output());
    }

    private Node embeddingShift(Node last) {
        if (!is(last, Op.Binary.Kind.ADD)) {
            return null;
        }
        Node norm = normInside(last.input(0));
        return norm == null || norm.input(5) != null || !isEmbedding(last.input(1), norm.output())
                ? null
                : new Node(norm.op(), with(norm.inputs(), 5, last.input(1)), last.output());
    }

    private Node silu(Node last) {
        if (!is(last, Op.Binary.Kind.MULTIPLY)) {
            return null;
        }
        Node sigmoid = inner(last.input(1), Op.Unary.class);
        return is(sigmoid, Op.Unary.Kind.SIGMOID) && sigmoid.input(0) == last.input(0)
                ? fused(new Op.Silu(), last, last.input(0))
                : null;
    }

    private Node activationOfNorm(Node last) {
        Kernels.Activation activation = last.op() instanceof Op.Silu
                ? Kernels.Activation.SILU
                : is(last, Op.Unary.Kind.RELU) ? Kernels.Activation.RELU : null;
        Node norm = activation == null ? null : normInside(last.input(0));
        if (norm == null) {
            return null;
        }
        Op.GroupNorm op = (Op.GroupNorm) norm.op();
        return new Node(new Op.GroupNorm(op.groups(), op.eps(), activation), norm.inputs(), last.output());
    }

    private Node embeddingBeforeNorm(Node last) {
        if (!(last.op() instanceof Op.GroupNorm) || last.input(3) != null) {
            return null;
        }
        Node add = inner(last.input(0), Op.Binary.class);
        return is(add, Op.Binary.Kind.ADD)
                        && isEmbedding(add.input(1), add.output())
                        && add.input(0).sameShape(add.output())
                ? new Node(last.op(), with(with(last.inputs(), 0, add.input(0)), 3, add.input(1)), last.output())
                : null;
    }

    private Node convolutionOfParameter(Node last) {
        if (!(last.op() instanceof Op.Convolution op) || op.fused()) {
            return null;
        }
        Node permute = any(last.input(1), Op.Permute.class);
        boolean oihw = permute != null
                && permute.input(0).parameter() != null
                && Arrays.equals(((Op.Permute) permute.op()).order(), new int[] {2, 3, 1, 0});
        Value bias = last.input(2);
        return oihw && (bias == null || bias.parameter() != null)
                ? fused(
                        new Op.Convolution(op.stride(), op.top(), op.left(), op.bottom(), op.right(), true),
                        last,
                        last.input(0),
                        permute.input(0),
                        bias,
                        null)
                : null;
    }

    private Node transposedConvolutionOfParameter(Node last) {
        if (!(last.op() instanceof Op.TransposedConvolution op) || op.fused()) {
            return null;
        }
        Node permute = any(last.input(1), Op.Permute.class);
        return permute != null
                        && permute.input(0).parameter() != null
                        && Arrays.equals(((Op.Permute) permute.op()).order(), new int[] {2, 3, 1, 0})
                ? fused(
                        new Op.TransposedConvolution(op.stride(), op.padding(), true),
                        last,
                        last.input(0),
                        permute.input(0))
                : null;
    }

    private Node paddedConvolution(Node last) {
        if (!(last.op() instanceof Op.Convolution op) || !op.fused()) {
            return null;
        }
        Node pad = inner(last.input(0), Op.Pad.class);
        if (pad == null) {
            return null;
        }
        int[] front = ((Op.Pad) pad.op()).front();
        Value x = pad.input(0);
        Value padded = pad.output();
        if (front[0] != 0 || front[1] != 0 || x.size(0) != padded.size(0) || x.size(1) != padded.size(1)) {
            return null;
        }
        Op.Convolution wider = new Op.Convolution(
                op.stride(),
                op.top() + front[2],
                op.left() + front[3],
                op.bottom() + padded.size(2) - x.size(2) - front[2],
                op.right() + padded.size(3) - x.size(3) - front[3],
                true);
        return new Node(wider, with(last.inputs(), 0, x), last.output());
    }

    private Node linear(Node last) {
        return last.op() instanceof Op.MatrixProduct product
                        && !product.transposeA()
                        && product.transposeB()
                        && last.output().rank() == 2
                        && last.input(1).parameter() != null
                ? fused(new Op.Linear(), last, last.input(0), last.input(1), null)
                : null;
    }

    private Node linearBias(Node last) {
        if (!is(last, Op.Binary.Kind.ADD)) {
            return null;
        }
        Node linear = inner(last.input(0), Op.Linear.class);
        Value bias = last.input(1);
        return linear != null
                        && linear.input(2) == null
                        && bias.parameter() != null
                        && bias.rank() == 1
                        && bias.size(0) == linear.output().size(1)
                ? fused(new Op.Linear(), last, linear.input(0), linear.input(1), bias)
                : null;
    }

    private Node toSequence(Node last) {
        if (!(last.op() instanceof Op.Permute permute) || !Arrays.equals(permute.order(), new int[] {0, 2, 1})) {
            return null;
        }
        Node reshape = inner(last.input(0), Op.Reshape.class);
        Value image = reshape == null ? null : reshape.input(0);
        return image != null && isImageAsRows(image, reshape.output()) ? fused(new Op.ToSequence(), last, image) : null;
    }

    /** Whether [N, C, H·W] is the image [N, C, H, W] in fewer dimensions; a bilinear resampling looks much alike. */
    private static boolean isImageAsRows(Value image, Value rows) {
        return image.rank() == 4
                && rows.rank() == 3
                && rows.size(0) == image.size(0)
                && rows.size(1) == image.size(1)
                && rows.size(2) == image.size(2) * image.size(3);
    }

    private Node toImage(Node last) {
        if (!(last.op() instanceof Op.Reshape) || last.output().rank() != 4) {
            return null;
        }
        Node permute = inner(last.input(0), Op.Permute.class);
        return permute != null
                        && Arrays.equals(((Op.Permute) permute.op()).order(), new int[] {0, 2, 1})
                        && isImageAsRows(last.output(), permute.output())
                ? fused(new Op.ToImage(), last, permute.input(0))
                : null;
    }

    /** The sequence behind reshape [N, S, heads, d] and permute [N, heads, S, d]. */
    private Value headsOf(Value value) {
        Node permute = inner(value, Op.Permute.class);
        if (permute == null || !Arrays.equals(((Op.Permute) permute.op()).order(), new int[] {0, 2, 1, 3})) {
            return null;
        }
        Node reshape = inner(permute.input(0), Op.Reshape.class);
        Value sequence = reshape == null ? null : reshape.input(0);
        return sequence != null
                        && sequence.rank() == 3
                        && sequence.size(0) == reshape.output().size(0)
                        && sequence.size(1) == reshape.output().size(1)
                ? sequence
                : null;
    }

    private Node attention(Node last) {
        if (!(last.op() instanceof Op.Reshape) || last.output().rank() != 3) {
            return null;
        }
        Node back = inner(last.input(0), Op.Permute.class);
        if (back == null || !Arrays.equals(((Op.Permute) back.op()).order(), new int[] {0, 2, 1, 3})) {
            return null;
        }
        Node mixed = inner(back.input(0), Op.MatrixProduct.class);
        Node softmax = mixed == null ? null : inner(mixed.input(0), Op.Softmax.class);
        Node scaled = softmax == null ? null : inner(softmax.input(0), Op.Unary.class);
        Node scores = scaled == null ? null : inner(scaled.input(0), Op.MatrixProduct.class);
        if (!is(scaled, Op.Unary.Kind.MULTIPLY)
                || scores == null
                || !((Op.MatrixProduct) scores.op()).equals(new Op.MatrixProduct(false, true))
                || !((Op.MatrixProduct) mixed.op()).equals(new Op.MatrixProduct(false, false))) {
            return null;
        }
        Value query = headsOf(scores.input(0));
        Value key = headsOf(scores.input(1));
        Value value = headsOf(mixed.input(1));
        return query == null || key == null || value == null || !query.sameShape(last.output())
                ? null
                : fused(
                        new Op.Attention(scores.output().size(1), ((Op.Unary) scaled.op()).scalar()),
                        last,
                        query,
                        key,
                        value);
    }

    /** x·reshape(cast(hash ≥ share)) / (1 - share). */
    private Node dropout(Node last) {
        if (!is(last, Op.Unary.Kind.DIVIDE)) {
            return null;
        }
        Node masked = inner(last.input(0), Op.Binary.class);
        Node reshape = masked == null ? null : inner(masked.input(1), Op.Reshape.class);
        Node cast = reshape == null ? null : inner(reshape.input(0), Op.Unary.class);
        Node kept = cast == null ? null : inner(cast.input(0), Op.Unary.class);
        if (!is(masked, Op.Binary.Kind.MULTIPLY)
                || !is(cast, Op.Unary.Kind.CAST)
                || !is(kept, Op.Unary.Kind.AT_LEAST)) {
            return null;
        }
        double share = ((Op.Unary) kept.op()).scalar();
        boolean fits = ((Op.Unary) last.op()).scalar() == 1 - share
                && masked.input(0).sameShape(last.output())
                && kept.output().rank() == 2;
        return fits ? hashed(last, masked.input(0), share, kept.input(0)) : null;
    }

    /** Rounds of fraction((h + left)·(h + right)·scale) on fraction(position·step + phase); else null. */
    private static Node hashed(Node last, Value x, double share, Value hash) {
        List<Op.Dropout.Round> rounds = new ArrayList<>();
        Value value = hash;
        while (true) {
            Node inside = fractionOf(value);
            if (is(inside, Op.Binary.Kind.ADD)) {
                Node steps = any(inside.input(0), Op.Unary.class);
                Node row = steps == null ? null : any(steps.input(0), Op.Reshape.class);
                Value phase = inside.input(1);
                return is(steps, Op.Unary.Kind.MULTIPLY)
                                && row != null
                                && isCount(row.input(0).parameter(), hash.size(1))
                                && phase.rank() == 2
                                && phase.size(1) == 1
                        ? fused(new Op.Dropout(share, ((Op.Unary) steps.op()).scalar(), rounds), last, x, phase)
                        : null;
            }
            Node product = inside == null ? null : any(inside.input(0), Op.Binary.class);
            Node left = product == null ? null : any(product.input(0), Op.Unary.class);
            Node right = product == null ? null : any(product.input(1), Op.Unary.class);
            if (!is(inside, Op.Unary.Kind.MULTIPLY)
                    || !is(product, Op.Binary.Kind.MULTIPLY)
                    || !is(left, Op.Unary.Kind.ADD)
                    || !is(right, Op.Unary.Kind.ADD)
                    || left.input(0) != right.input(0)) {
                return null;
            }
            rounds.add(0, new Op.Dropout.Round(scalar(left), scalar(right), scalar(inside)));
            value = left.input(0);
        }
    }

    private static double scalar(Node node) {
        return ((Op.Unary) node.op()).scalar();
    }

    /** What x was in x - floor(x). */
    private static Node fractionOf(Value value) {
        Node fraction = any(value, Op.Binary.class);
        Node floor = fraction == null ? null : any(fraction.input(1), Op.Unary.class);
        return is(fraction, Op.Binary.Kind.SUBTRACT)
                        && is(floor, Op.Unary.Kind.FLOOR)
                        && floor.input(0) == fraction.input(0)
                ? fraction.input(0).producer()
                : null;
    }

    private static boolean isCount(INDArray numbers, int length) {
        return numbers != null
                && numbers.length() == length
                && IntStream.range(0, length).allMatch(i -> numbers.getDouble(i) == i);
    }

    private Node residual(Node last) {
        if (!is(last, Op.Binary.Kind.ADD) || !last.input(0).sameShape(last.input(1))) {
            return null;
        }
        for (int side = 1; side >= 0; side--) {
            Node convolution = inner(last.input(side), Op.Convolution.class);
            Value other = last.input(1 - side);
            boolean fits =
                    convolution != null && ((Op.Convolution) convolution.op()).fused() && convolution.input(3) == null;
            if (fits) {
                return new Node(convolution.op(), with(convolution.inputs(), 3, other), last.output());
            }
        }
        return null;
    }
}
