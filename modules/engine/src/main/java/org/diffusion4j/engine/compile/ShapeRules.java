package org.diffusion4j.engine.compile;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedGeometry;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ResamplingOp.Pool;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.ShapeOp.Pad;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.Slice;
import org.diffusion4j.engine.ir.ShapeOp.Tile;
import org.diffusion4j.engine.ir.ShapeOp.ToImage;
import org.diffusion4j.engine.ir.ShapeOp.ToSequence;
import org.diffusion4j.engine.ir.Value;

/** How the shape of the result follows from the operands, for each op of the forward pass. */
final class ShapeRules {
    private static final Map<Class<? extends Op>, Rule<Op>> RULES = new HashMap<>();

    /** Decides whether an op and its result agree. */
    private interface Rule<O extends Op> {
        boolean holds(O op, Value y);
    }

    static {
        elementwise();
        shapes();
        products();
        images();
    }

    private ShapeRules() {}

    private static <O extends Op> void add(Class<O> type, Rule<O> rule) {
        RULES.put(type, (op, y) -> rule.holds(type.cast(op), y));
    }

    /** The ops that have a rule. */
    static Set<Class<? extends Op>> known() {
        return Set.copyOf(RULES.keySet());
    }

    /** What was expected of an op's shapes; null if the shapes are right. */
    static String broken(Op op, Value y) {
        Rule<Op> rule = RULES.get(op.getClass());
        if (rule == null) {
            return "an op of the forward pass that has a rule";
        }
        return rule.holds(op, y) ? null : "shapes that agree, found " + op;
    }

    private static void elementwise() {
        add(Unary.class, (op, y) -> op.x().sameShape(y));
        add(Silu.class, (op, y) -> op.x().sameShape(y));
        add(Gelu.class, (op, y) -> op.x().sameShape(y));
        add(GatedGelu.class, (op, y) -> {
            long[] shape = y.shape();
            shape[shape.length - 1] *= 2;
            return is(op.x(), shape);
        });
        add(Dropout.class, (op, y) -> op.x().sameShape(y) && is(op.phase(), y.size(0), 1));
        add(
                Binary.class,
                (op, y) -> Math.max(op.left().rank(), op.right().rank()) == y.rank()
                        && broadcasts(op.left(), y)
                        && broadcasts(op.right(), y));
        add(Softmax.class, (op, y) -> op.x().sameShape(y));
        add(
                LayerNorm.class,
                (op, y) -> op.x().sameShape(y)
                        && isOptional(op.weight(), y.size(y.rank() - 1))
                        && isOptional(op.bias(), y.size(y.rank() - 1)));
        add(Mean.class, (op, y) -> {
            long[] shape = op.x().shape();
            for (int dimension : op.dimensions()) {
                shape[dimension] = 1;
            }
            return is(y, shape);
        });
    }

    private static void shapes() {
        add(Reshape.class, (op, y) -> op.x().length() == y.length());
        add(Permute.class, (op, y) -> {
            boolean holds = op.order().length == y.rank();
            for (int i = 0; holds && i < y.rank(); i++) {
                holds = y.size(i) == op.x().size(op.order()[i]);
            }
            return holds;
        });
        add(Concat.class, (op, y) -> {
            long[] shape = y.shape();
            shape[op.axis()] = 0;
            for (Value part : op.parts()) {
                shape[op.axis()] += part.size(op.axis());
            }
            return is(y, shape);
        });
        add(Slice.class, (op, y) -> lies(y, op.x(), op.begin()));
        add(Pad.class, (op, y) -> {
            long[] front = new long[op.front().length];
            for (int i = 0; i < front.length; i++) {
                front[i] = op.front()[i];
            }
            return lies(op.x(), y, front);
        });
        add(Tile.class, (op, y) -> {
            long[] shape = op.x().shape();
            for (int i = 0; i < shape.length; i++) {
                shape[i] *= op.times()[i];
            }
            return is(y, shape);
        });
        add(ToSequence.class, (op, y) -> isSequenceOf(op.image(), y));
        add(ToImage.class, (op, y) -> isSequenceOf(y, op.sequence()));
    }

    private static void products() {
        add(OneHot.class, (op, y) -> y.rank() == op.indices().rank() + 1);
        add(Gather.class, (op, y) -> {
            long[] shape = Arrays.copyOf(op.indices().shape(), op.indices().rank() + 1);
            shape[shape.length - 1] = op.table().size(1);
            return op.table().rank() == 2 && is(y, shape);
        });
        add(
                Linear.class,
                (op, y) -> op.weight().length() == (long) y.size(1) * op.x().size(1)
                        && op.weight().size(1) == op.x().size(1)
                        && is(y, op.x().size(0), op.weight().size(0))
                        && isOptional(op.bias(), y.size(1)));
        add(MatrixProduct.class, (op, y) -> {
            int rank = y.rank();
            Value a = op.left();
            Value b = op.right();
            return a.rank() == rank
                    && b.rank() == rank
                    && y.size(rank - 2) == a.size(op.transposeLeft() ? rank - 1 : rank - 2)
                    && y.size(rank - 1) == b.size(op.transposeRight() ? rank - 2 : rank - 1)
                    && a.size(op.transposeLeft() ? rank - 2 : rank - 1)
                            == b.size(op.transposeRight() ? rank - 1 : rank - 2);
        });
        add(
                Attention.class,
                (op, y) -> op.query().sameShape(y)
                        && op.key().sameShape(op.value())
                        && op.key().size(0) == y.size(0)
                        && op.key().size(2) == y.size(2)
                        && isOptional(op.keyBias(), y.size(0), 1, 1, op.key().size(1))
                        && y.size(2) % op.heads() == 0);
    }

    private static void images() {
        add(Convolution.class, (op, y) -> {
            Geometry geometry = op.geometry();
            Value weight = op.weight();
            boolean fused = geometry.fused();
            int rows = op.x().size(2) + geometry.top() + geometry.bottom() - weight.size(fused ? 2 : 0);
            int columns = op.x().size(3) + geometry.left() + geometry.right() - weight.size(fused ? 3 : 1);
            int out = weight.size(fused ? 0 : 3);
            return weight.size(fused ? 1 : 2) == op.x().size(1)
                    && is(y, op.x().size(0), out, rows / geometry.stride() + 1, columns / geometry.stride() + 1)
                    && isOptional(op.bias(), out)
                    && (op.residual() == null || (fused && op.residual().sameShape(y)));
        });
        add(
                UpsampledConvolution.class,
                (op, y) -> is(op.weight(), y.size(1), op.x().size(1), 3, 3)
                        && is(
                                y,
                                op.x().size(0),
                                y.size(1),
                                2L * op.x().size(2),
                                2L * op.x().size(3))
                        && isOptional(op.bias(), y.size(1))
                        && (op.residual() == null || op.residual().sameShape(y)));
        add(TransposedConvolution.class, (op, y) -> {
            TransposedGeometry geometry = op.geometry();
            Value weight = op.weight();
            boolean fused = geometry.fused();
            int cut = 2 * geometry.padding();
            int rows = (op.x().size(2) - 1) * geometry.stride() - cut + weight.size(fused ? 2 : 0);
            int columns = (op.x().size(3) - 1) * geometry.stride() - cut + weight.size(fused ? 3 : 1);
            return weight.size(fused ? 0 : 3) == op.x().size(1)
                    && is(y, op.x().size(0), weight.size(fused ? 1 : 2), rows, columns);
        });
        add(
                GroupNorm.class,
                (op, y) -> op.x().sameShape(y)
                        && y.size(1) % op.grouping().groups() == 0
                        && isOptional(op.weight(), y.size(1))
                        && isOptional(op.bias(), y.size(1))
                        && isOptional(op.embedding(), y.size(0), y.size(1), 1, 1)
                        && isOptional(op.scale(), y.size(0), y.size(1), 1, 1)
                        && isOptional(op.shift(), y.size(0), y.size(1), 1, 1));
        add(
                Pool.class,
                (op, y) -> is(
                        y,
                        op.x().size(0),
                        op.x().size(1),
                        op.x().size(2) / 2,
                        op.x().size(3) / 2));
        add(
                UpsampleNearest.class,
                (op, y) -> is(
                        y,
                        op.x().size(0),
                        op.x().size(1),
                        2L * op.x().size(2),
                        2L * op.x().size(3)));
    }

    private static boolean is(Value value, long... shape) {
        return Arrays.equals(value.shape(), shape);
    }

    private static boolean isOptional(Value value, long... shape) {
        return value == null || is(value, shape);
    }

    private static boolean broadcasts(Value operand, Value y) {
        for (int i = 1; i <= operand.rank(); i++) {
            int size = operand.size(operand.rank() - i);
            if (size != 1 && size != y.size(y.rank() - i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a part that begins at an index lies within the whole. */
    private static boolean lies(Value part, Value whole, long... begin) {
        boolean holds = part.rank() == whole.rank() && begin.length == whole.rank();
        for (int i = 0; holds && i < begin.length; i++) {
            holds = begin[i] >= 0 && begin[i] + part.size(i) <= whole.size(i);
        }
        return holds;
    }

    private static boolean isSequenceOf(Value image, Value sequence) {
        return image.rank() == 4 && is(sequence, image.size(0), (long) image.size(2) * image.size(3), image.size(1));
    }
}
