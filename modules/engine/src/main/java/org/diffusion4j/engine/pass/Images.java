package org.diffusion4j.engine.pass;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Whether a batch can be cut in parts: an image's result doesn't depend on the others of its batch if every value is a row of
 * equal blocks, one an image, of which each is made from its image alone. Sizes that grow with the batch show in two
 * readings of the graph.
 */
public final class Images {
    private final Set<Value> apart = new HashSet<>();
    private boolean mixed;

    private Images() {}

    /**
     * Whether images are mixed, as batch norm does in training.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents of its variables and constants
     * @param output the variable that is asked for
     * @return true if a batch can't be cut in parts
     * @throws UnsupportedGraphException if an op isn't known, or the result isn't one image for each of the batch
     */
    public static boolean areMixed(SameDiff graph, Function<SDVariable, INDArray> contents, String output) {
        Trace.Result two = Trace.of(graph, contents, output, 2);
        Trace.Result three = Trace.of(graph, contents, output, 3);
        boolean images =
                two.output().rank() > 0 && two.output().shape()[0] == 2 && isARowOfImages(two.output(), three.output());
        if (!images) {
            throw new UnsupportedGraphException(String.format(
                    Locale.ROOT,
                    "variable '%s': expected the batch in front, found %s for 2 and %s for 3",
                    output,
                    two.output(),
                    three.output()));
        }
        Images reading = new Images();
        reading.apart.addAll(two.inputs().values());
        for (int i = 0; i < two.nodes().size(); i++) {
            reading.add(two.nodes().get(i), three.nodes().get(i).output());
        }
        return reading.mixed;
    }

    private void add(Node node, Value ofThree) {
        if (node.inputs().stream().noneMatch(apart::contains)) {
            return; // the same for every image, or mixed already
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
        Value x = node.input(0);
        Value y = node.output();
        if (op instanceof Op.Reshape || op instanceof Op.OneHot) {
            return true; // the blocks stay what they are
        } else if (op instanceof Op.Permute permute) {
            return permute.order()[0] == 0;
        } else if (op instanceof Op.Binary) {
            return node.inputs().stream().allMatch(operand -> !apart.contains(operand) || isBeside(operand, y));
        } else if (op instanceof Op.Softmax) {
            return x.rank() > 1;
        } else if (op instanceof Op.MatrixProduct product) {
            List<Value> operands = node.inputs();
            return x.rank() > 2
                    ? apart.containsAll(operands)
                    : !product.transposeA() && !apart.contains(operands.get(1));
        } else if (op instanceof Op.Concat concat) {
            return concat.axis() != 0 && apart.containsAll(node.inputs());
        } else if (op instanceof Op.Convolution || op instanceof Op.TransposedConvolution) {
            return node.inputs().stream().skip(1).noneMatch(apart::contains);
        }
        return isBeside(x, y);
    }

    /** Whether two values have their images at the same places of the first dimension. */
    private static boolean isBeside(Value operand, Value result) {
        return operand.rank() == result.rank() && operand.size(0) == result.size(0);
    }
}
