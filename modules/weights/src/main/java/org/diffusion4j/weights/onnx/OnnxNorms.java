package org.diffusion4j.weights.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.weights.onnx.OnnxModel.Attribute;
import org.diffusion4j.weights.tensor.TensorType;

/**
 * Translates norms, which SameDiff's graph composes of single steps, but for which ONNX has ops. Each is recognised by its
 * last step.
 *
 * @param scope the graph that is read, and the model that is written
 */
record OnnxNorms(OnnxScope scope) {
    /**
     * (x - mean(x)) / √(mean((x - mean(x))²) + eps) over the last of the three dimensions to which group norm reshapes
     * images. It is written as an instance norm, as by PyTorch's exporter.
     */
    boolean instanceNorm(SourceOp divide) {
        Standardized norm = standardized(divide);
        if (norm == null || scope.shape(norm.x).length != 3) {
            return false;
        }
        String x = norm.x;
        TensorType type = scope.type(x);
        long[] shape = scope.shape(x);
        scope.emit(
                divide,
                shape,
                "InstanceNormalization",
                List.of(scope.value(x), filled(type, shape[1], 1), filled(type, shape[1], 0)),
                norm.epsilon);
        return true;
    }

    /** What is normalised over its last dimension, and the attribute for what is added to the variance. */
    private record Standardized(String x, Attribute epsilon) {}

    /** (x - mean(x)) / √(mean((x - mean(x))²) + eps) over the last dimension; null if the division isn't that. */
    private Standardized standardized(SourceOp divide) {
        List<SourceOp> centered = scope.chain(divide.operand(0), "subtract");
        List<SourceOp> deviation = scope.chain(divide.operand(1), "sqrt", "add_scalar", "reduce_mean", "square");
        if (centered.isEmpty() || deviation.isEmpty()) {
            return null;
        }
        String x = centered.get(0).operand(0);
        SourceOp mean = scope.made(centered.get(0).operand(1), "reduce_mean");
        boolean same = mean != null
                && mean.operand(0).equals(x)
                && deviation.get(3).operand(0).equals(divide.operand(0))
                && isOverTheLast(mean)
                && isOverTheLast(deviation.get(2));
        return same ? new Standardized(x, epsilon(deviation.get(1))) : null;
    }

    private boolean isOverTheLast(SourceOp mean) {
        int rank = scope.shape(mean.operand(0)).length;
        return Arrays.equals(mean.dimensions(rank), new int[] {rank - 1});
    }

    /**
     * Layer norm over the last dimension, with a weight and perhaps a bias.
     *
     * @param last the product with the weight, or the sum with the bias
     */
    boolean layerNorm(SourceOp last) {
        boolean biased = last.kind().equals("add");
        SourceOp product = biased ? scope.made(last.operand(0), "multiply") : last;
        SourceOp divide = product == null ? null : scope.made(product.operand(0), "divide");
        Standardized norm = divide == null ? null : standardized(divide);
        if (norm == null) {
            return false;
        }
        List<String> parameters = biased ? List.of(product.operand(1), last.operand(1)) : List.of(product.operand(1));
        long[] shape = scope.shape(norm.x);
        long[] row = {shape[shape.length - 1]};
        if (!parameters.stream().allMatch(name -> scope.isParameter(name) && Arrays.equals(scope.shape(name), row))) {
            return false;
        }
        List<String> operands = new ArrayList<>(List.of(norm.x));
        operands.addAll(parameters);
        scope.emit(
                last, shape, "LayerNormalization", scope.values(operands), new Attribute.Int("axis", -1), norm.epsilon);
        return true;
    }

    private String filled(TensorType type, long length, double value) {
        double[] values = new double[Math.toIntExact(length)];
        Arrays.fill(values, value);
        return scope.builder().constant(type, new long[] {length}, values);
    }

    private static Attribute epsilon(SourceOp plus) {
        return new Attribute.Real("epsilon", (float) plus.scalar());
    }

    /**
     * weight·(x - mean) / √(variance + eps) + bias, where weight, mean, variance and bias are parameters with one number
     * per channel.
     */
    boolean batchNorm(SourceOp sum) {
        List<SourceOp> ops = scope.chain(sum.operand(0), "multiply", "divide", "subtract");
        List<SourceOp> deviation =
                ops.isEmpty() ? List.of() : scope.chain(ops.get(1).operand(1), "sqrt", "add_scalar");
        if (deviation.isEmpty()) {
            return false;
        }
        String x = ops.get(2).operand(0);
        List<String> operands = new ArrayList<>(List.of(x));
        operands.add(channels(ops.get(0).operand(1), x));
        operands.add(channels(sum.operand(1), x));
        operands.add(channels(ops.get(2).operand(1), x));
        operands.add(channels(deviation.get(1).operand(0), x));
        if (operands.contains(null)) {
            return false;
        }
        scope.emit(sum, scope.shape(x), "BatchNormalization", scope.values(operands), epsilon(deviation.get(1)));
        return true;
    }

    /** The parameter [C] that was reshaped to [1, C, 1, 1] for images x; null if there is none. */
    private String channels(String reshaped, String x) {
        SourceOp reshape = scope.made(reshaped, "reshape");
        long[] image = scope.shape(x);
        return reshape != null
                        && image.length == 4
                        && scope.isParameter(reshape.operand(0))
                        && Arrays.equals(scope.shape(reshaped), new long[] {1, image[1], 1, 1})
                        && scope.shape(reshape.operand(0)).length == 1
                ? reshape.operand(0)
                : null;
    }
}
