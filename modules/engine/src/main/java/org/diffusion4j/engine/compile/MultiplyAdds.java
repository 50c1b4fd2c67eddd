package org.diffusion4j.engine.compile;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.AttentionOp.AttentionGradient;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionWeights;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionWeights;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.GatherWeights;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.LinearData;
import org.diffusion4j.engine.ir.ProductOp.LinearWeights;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.Value;

/**
 * How often each op multiplies and adds by its definition. An algorithm such as Winograd's needs fewer multiplications, and
 * whatever the backward pass computes again isn't counted. Only convolutions, products and attention count, since all other
 * ops together are a few hundredths.
 */
public final class MultiplyAdds {
    private static final Map<Class<? extends Op>, Count<Op>> COUNTS = new HashMap<>();

    /** Counts what an op does to make its result, which is null if it adds to the parameters' gradients. */
    private interface Count<O extends Op> {
        long of(O op, Value y);
    }

    static {
        convolutions();
        products();
        add(Attention.class, (op, y) -> scores(op, op.query()) + scores(op, y));
        // The gradients of the value and of the softmax, and from the latter those of the query and of the key.
        add(
                AttentionGradient.class,
                (op, y) -> 2 * scores(op.forward(), op.dy())
                        + 2 * scores(op.forward(), op.forward().query()));
    }

    private MultiplyAdds() {}

    private static <O extends Op> void add(Class<O> type, Count<O> count) {
        COUNTS.put(type, (op, y) -> count.of(type.cast(op), y));
    }

    /** The ops that are counted. */
    static Set<Class<? extends Op>> known() {
        return Set.copyOf(COUNTS.keySet());
    }

    /**
     * The number for some ops together.
     *
     * @param nodes of a network
     * @return how many products are added up
     */
    public static long of(Collection<Node> nodes) {
        return nodes.stream()
                .mapToLong(node -> {
                    Count<Op> count = COUNTS.get(node.op().getClass());
                    return count == null ? 0 : count.of(node.op(), node.output());
                })
                .sum();
    }

    private static void convolutions() {
        add(Convolution.class, (op, y) -> perPixel(y, op.weight().length()));
        add(UpsampledConvolution.class, (op, y) -> perPixel(y, op.weight().length()));
        add(ConvolutionData.class, (op, x) -> perPixel(op.dy(), op.weight().length()));
        add(
                ConvolutionWeights.class,
                (op, none) -> op.weight() == null
                        ? 0
                        : perPixel(op.dy(), LongStream.of(op.weightShape()).reduce(1, (a, b) -> a * b)));
        add(TransposedConvolution.class, (op, y) -> perPixel(op.x(), op.weight().length()));
        add(TransposedConvolutionData.class, (op, x) -> perPixel(x, op.weight().length()));
        add(
                TransposedConvolutionWeights.class,
                (op, none) -> perPixel(op.x(), op.weight().length()));
    }

    /** Each pixel of an array [N, C, H, W] takes part in a product with the whole weight. */
    private static long perPixel(Value image, long weight) {
        return image.length() / image.size(1) * weight;
    }

    private static void products() {
        add(
                MatrixProduct.class,
                (op, y) -> y.length() * op.left().size(op.left().rank() - (op.transposeLeft() ? 2 : 1)));
        add(OneHot.class, (op, y) -> 0);
        add(Gather.class, (op, y) -> 0);
        add(GatherWeights.class, (op, none) -> 0);
        add(Linear.class, (op, y) -> op.x().size(0) * op.weight().length());
        add(LinearData.class, (op, x) -> op.dy().size(0) * op.weight().length());
        add(
                LinearWeights.class,
                (op, none) ->
                        op.weight() == null ? 0 : op.x().size(0) * op.weight().length());
    }

    /** Each element of an array [N, S, heads·d] takes part in a product with all keys. */
    private static long scores(Attention op, Value array) {
        return array.length() * op.key().size(1);
    }
}
