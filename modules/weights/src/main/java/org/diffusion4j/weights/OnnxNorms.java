package org.diffusion4j.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.weights.OnnxModel.Attribute;

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
        List<SourceOp> centered = scope.chain(divide.operand(0), "subtract");
        List<SourceOp> deviation = scope.chain(divide.operand(1), "sqrt", "add_scalar", "reduce_mean", "square");
        if (centered.isEmpty() || deviation.isEmpty()) {
            return false;
        }
        String x = centered.get(0).operand(0);
        SourceOp mean = scope.made(centered.get(0).operand(1), "reduce_mean");
        if (mean == null
                || !mean.operand(0).equals(x)
                || !deviation.get(3).operand(0).equals(divide.operand(0))
                || !isOverLastOfThree(mean)
                || !isOverLastOfThree(deviation.get(2))) {
            return false;
        }
        TensorType type = scope.type(x);
        long[] shape = scope.shape(x);
        scope.emit(
                divide,
                shape,
                "InstanceNormalization",
                List.of(scope.value(x), filled(type, shape[1], 1), filled(type, shape[1], 0)),
                epsilon(deviation.get(1)));
        return true;
    }

    private boolean isOverLastOfThree(SourceOp mean) {
        int rank = scope.shape(mean.operand(0)).length;
        return rank == 3 && Arrays.equals(mean.dimensions(rank), new int[] {2});
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
