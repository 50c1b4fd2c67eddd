package org.diffusion4j.weights.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.weights.onnx.OnnxModel.Attribute;

/**
 * Translates matrix products: a linear layer to {@code Gemm}, one-hot rows times a table to {@code Gather}, as the look-up
 * of a table's rows itself, and all others to {@code MatMul}.
 *
 * @param scope the graph that is read, and the model that is written
 */
record OnnxProducts(OnnxScope scope) {
    void product(SourceOp op) {
        long[] arguments = op.integers();
        double[] factors = op.numbers();
        op.require(factors.length == 0 || Arrays.equals(factors, new double[] {1, 0}), "factors of 1 and 0", factors);
        op.require(arguments.length < 3 || arguments[2] == 0, "a result that isn't transposed", arguments);
        long[] shape = shape(op);
        String indices = tableIndices(op);
        if (indices != null) {
            scope.emit(op, shape, "Gather", List.of(scope.value(op.operand(1)), scope.value(indices)));
        } else if (shape.length == 2) {
            gemm(op, op, List.of());
        } else {
            scope.emit(op, shape, "MatMul", List.of(factor(op, 0), factor(op, 1)));
        }
    }

    private long[] shape(SourceOp op) {
        long[] a = scope.shape(op.operand(0));
        long[] b = scope.shape(op.operand(1));
        int rank = a.length;
        op.require(b.length == rank && rank >= 2, "operands of one rank", op.operands());
        long[] left = transposes(op, 0) ? swapped(a) : a;
        long[] right = transposes(op, 1) ? swapped(b) : b;
        op.require(left[rank - 1] == right[rank - 2], "operands that fit", op.operands());
        long[] shape = Arrays.copyOf(
                BatchShape.broadcast(Arrays.copyOf(left, rank - 2), Arrays.copyOf(right, rank - 2)), rank);
        shape[rank - 2] = left[rank - 2];
        shape[rank - 1] = right[rank - 1];
        return shape;
    }

    /** Writes a sum as a linear layer, if it is a linear layer's product plus its bias. */
    boolean linear(SourceOp sum) {
        SourceOp product = scope.made(sum.operand(0), "matmul");
        String bias = sum.operand(1);
        if (product == null || tableIndices(product) != null || !scope.isParameter(bias)) {
            return false;
        }
        long[] shape = scope.shape(product.result());
        if (shape.length != 2 || !Arrays.equals(scope.shape(bias), new long[] {shape[1]})) {
            return false;
        }
        gemm(sum, product, List.of(scope.value(bias)));
        return true;
    }

    private void gemm(SourceOp op, SourceOp product, List<String> bias) {
        List<String> operands = new ArrayList<>(scope.values(product.operands()));
        operands.addAll(bias);
        scope.emit(
                op,
                shape(product),
                "Gemm",
                operands,
                new Attribute.Int("transA", transposes(product, 0) ? 1 : 0),
                new Attribute.Int("transB", transposes(product, 1) ? 1 : 0));
    }

    /** The indices that a one-hot product looks up in its table; null if it isn't such a product. */
    private String tableIndices(SourceOp product) {
        SourceOp oneHot = scope.made(product.operand(0), "onehot");
        if (oneHot == null
                || transposes(product, 0)
                || transposes(product, 1)
                || !Arrays.equals(oneHot.numbers(), new double[] {1, 0})) {
            return null;
        }
        return scope.shape(oneHot.operand(0)).length == 1 ? oneHot.operand(0) : null;
    }

    void gather(SourceOp op) {
        long[] arguments = op.integers();
        long[] table = scope.shape(op.operand(0));
        boolean rows = op.operands().size() == 2 && arguments.length == 1 && op.axis(arguments[0], table.length) == 0;
        op.require(rows, "indices of rows", arguments);
        long[] indices = scope.shape(op.operand(1));
        long[] shape = Arrays.copyOf(indices, indices.length + table.length - 1);
        System.arraycopy(table, 1, shape, indices.length, table.length - 1);
        scope.emit(op, shape, "Gather", scope.values(op.operands()));
    }

    void oneHot(SourceOp op) {
        long[] arguments = op.integers();
        double[] values = op.numbers();
        op.require(
                arguments.length == 2 && arguments[0] == -1 && values.length == 2,
                "axis -1, a depth and two values",
                arguments);
        long[] from = scope.shape(op.operand(0));
        long[] shape = Arrays.copyOf(from, from.length + 1);
        shape[from.length] = arguments[1];
        // ND4J has the value at the index first, ONNX has the other value first.
        String offAndOn = scope.builder().constant(scope.type(op.result()), new long[] {2}, values[1], values[0]);
        scope.emit(
                op,
                shape,
                "OneHot",
                List.of(scope.value(op.operand(0)), scope.builder().longs(arguments[1]), offAndOn));
    }

    private static boolean transposes(SourceOp product, int operand) {
        long[] arguments = product.integers();
        return arguments.length > operand && arguments[operand] == 1;
    }

    /**
     * A factor of a product. ONNX's product can't transpose, so that is done before it, combined with a permutation that is
     * there already.
     */
    private String factor(SourceOp product, int which) {
        String x = product.operand(which);
        if (!transposes(product, which)) {
            return scope.value(x);
        }
        SourceOp permute = scope.made(x, "permute");
        String source = permute == null ? x : permute.operand(0);
        long[] order =
                permute == null ? LongStream.range(0, scope.shape(x).length).toArray() : permute.integers();
        return scope.builder()
                .node("Transpose", List.of(scope.value(source)), new Attribute.Ints("perm", swapped(order)));
    }

    private static long[] swapped(long... dimensions) {
        long[] swapped = dimensions.clone();
        swapped[dimensions.length - 1] = dimensions[dimensions.length - 2];
        swapped[dimensions.length - 2] = dimensions[dimensions.length - 1];
        return swapped;
    }
}
