package org.diffusion4j.engine.compile;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.read.Reading;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Decides whether a batch can be split. An image's result doesn't depend on the other images of its batch if every value
 * consists of equal blocks along its first dimension, one per image, and each block is computed only from its own image. To
 * find the sizes that grow with the batch, the graph is read for two batch sizes.
 */
public final class BatchSplit {
    private final Set<Value> apart = new HashSet<>();
    private boolean mixed;

    private BatchSplit() {}

    /**
     * Whether the images of a batch can be computed separately. Batch norm in training doesn't allow that.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents gives the content of its variables and constants
     * @param outputs the names of the outputs
     * @return false if a batch can't be split
     * @throws UnsupportedGraphException if an op isn't supported, or an output doesn't have one row per image of the batch
     */
    public static boolean isPossible(
            SameDiff graph, Function<SDVariable, WeightSource> contents, Collection<String> outputs) {
        Reading.Result two = Reading.of(graph, contents, outputs, 2);
        Reading.Result three = Reading.of(graph, contents, outputs, 3);
        for (String output : outputs) {
            requireImages(output, two.outputs().get(output), three.outputs().get(output));
        }
        BatchSplit reading = new BatchSplit();
        reading.apart.addAll(two.inputs().values());
        for (int i = 0; i < two.nodes().size(); i++) {
            reading.add(two.nodes().get(i), three.nodes().get(i).output());
        }
        return !reading.mixed;
    }

    private static void requireImages(String name, Value two, Value three) {
        if (two.rank() == 0 || two.shape()[0] != 2 || !isARowOfImages(two, three)) {
            throw new UnsupportedGraphException(String.format(
                    Locale.ROOT,
                    "variable '%s': expected the batch in front, found %s for 2 and %s for 3",
                    name,
                    two,
                    three));
        }
    }

    private void add(Node node, Value ofThree) {
        if (node.operands().stream().noneMatch(apart::contains)) {
            return; // the same for all images, or already mixed
        }
        if (isARowOfImages(node.output(), ofThree) && keepsApart(node)) {
            apart.add(node.output());
        } else {
            mixed = true;
        }
    }

    private static boolean isARowOfImages(Value ofTwo, Value ofThree) {
        long[] two = ofTwo.shape();
        long[] three = ofThree.shape();
        return two.length > 0
                && two.length == three.length
                && two[0] % 2 == 0
                && three[0] * 2 == two[0] * 3
                && Arrays.equals(two, 1, two.length, three, 1, three.length);
    }

    private boolean keepsApart(Node node) {
        Op op = node.op();
        Value y = node.output();
        if (op instanceof Reshape || op instanceof OneHot || op instanceof Gather) {
            return true; // the blocks don't change
        } else if (op instanceof Permute permute) {
            return permute.order()[0] == 0;
        } else if (op instanceof Binary) {
            return areBeside(node);
        } else if (op instanceof Softmax) {
            return y.rank() > 1;
        } else if (op instanceof MatrixProduct product) {
            return y.rank() > 2
                    ? apart.containsAll(node.operands())
                    : !product.transposeLeft() && !apart.contains(product.right());
        } else if (op instanceof Concat concat) {
            return concat.axis() != 0 && apart.containsAll(concat.parts());
        } else if (op instanceof Convolution convolution) {
            return !apart.contains(convolution.weight()) && !apart.contains(convolution.bias());
        } else if (op instanceof UpsampledConvolution upsampled) {
            return !apart.contains(upsampled.weight()) && !apart.contains(upsampled.bias());
        } else if (op instanceof TransposedConvolution transposed) {
            return !apart.contains(transposed.weight());
        }
        return areBeside(node);
    }

    /** Whether the operands and the result have their images at the same places along the first dimension. */
    private boolean areBeside(Node node) {
        Value y = node.output();
        return node.operands().stream()
                .filter(apart::contains)
                .allMatch(operand -> operand.rank() == y.rank() && operand.size(0) == y.size(0));
    }
}
