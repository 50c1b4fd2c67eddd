package org.diffusion4j.engine.compile;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
import org.diffusion4j.engine.ir.ResamplingOp.Pool;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.ShapeOp.Pad;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.Slice;
import org.diffusion4j.engine.ir.ShapeOp.Tile;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.linalg.api.buffer.DataType;

/** Refuses ops that no step can run, before anything is compiled. */
final class Limits {
    /** The ops that read elements one by one, so that any type will do; all others take float32 only. */
    private static final Set<Class<? extends Op>> ANY_TYPE = Set.of(
            Binary.class,
            Concat.class,
            Mean.class,
            OneHot.class,
            Pad.class,
            Permute.class,
            Pool.class,
            Reshape.class,
            Slice.class,
            Tile.class,
            Unary.class);

    private Limits() {}

    static void check(Node node) {
        Op op = node.op();
        if (op instanceof Convolution convolution) {
            require(isParameter(convolution.weight()), "a convolution with a computed weight", node);
            requireBias(convolution.bias(), node);
        } else if (op instanceof UpsampledConvolution upsampled) {
            require(isParameter(upsampled.weight()), "a convolution with a computed weight", node);
            requireBias(upsampled.bias(), node);
        } else if (op instanceof TransposedConvolution transposed) {
            require(isParameter(transposed.weight()), "a convolution with a computed weight", node);
        }
        if (!ANY_TYPE.contains(op.getClass())) {
            boolean floats = Stream.concat(node.operands().stream(), node.results().stream())
                    .allMatch(value -> value.dataType() == DataType.FLOAT || isOfAnyType(value, op));
            require(floats, op.getClass().getSimpleName() + " of another type than FLOAT", node);
        }
    }

    private static void requireBias(Value bias, Node node) {
        require(bias == null || isParameter(bias), "a convolution with a computed bias", node);
    }

    private static void require(boolean holds, String otherwise, Node node) {
        if (!holds) {
            throw new UnsupportedGraphException(String.format(Locale.ROOT, "%s (%s)", otherwise, node.output()));
        }
    }

    private static boolean isParameter(Value value) {
        return value.parameter() != null;
    }

    private static boolean isOfAnyType(Value value, Op op) {
        return (op instanceof Dropout dropout && value == dropout.phase())
                || (op instanceof Gather gather && value == gather.indices());
    }
}
