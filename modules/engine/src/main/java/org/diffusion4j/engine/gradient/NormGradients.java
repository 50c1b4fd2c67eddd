package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.GroupNormAgain;
import org.diffusion4j.engine.ir.NormOp.GroupNormGradient;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.diffusion4j.engine.ir.NormOp.LayerNormGradient;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;

/** The gradients of group norm, which keeps five numbers per channel, and of layer norm, which keeps two per row. */
final class NormGradients {
    private NormGradients() {}

    static void addTo(Gradients gradients) {
        gradients.keep(GroupNorm.class, NormGradients::keeping);
        gradients.add(GroupNorm.class, NormGradients::norm);
        gradients.keep(LayerNorm.class, NormGradients::keeping);
        gradients.add(LayerNorm.class, NormGradients::layerNorm);
    }

    private static LayerNorm keeping(LayerNorm op, Value y) {
        long[] rows = {y.length() / y.size(y.rank() - 1)};
        return op.withKept(
                new Value("mean of " + y.name(), rows, DataType.FLOAT, null),
                new Value("variance of " + y.name(), rows, DataType.FLOAT, null));
    }

    private static void layerNorm(LayerNorm op, Value y, Value dy, Differentiate backward) {
        backward.parameter(op.weight(), y);
        backward.parameter(op.bias(), y);
        backward.contribute(op.x(), backward.emit(new LayerNormGradient(op, dy), op.x()));
    }

    private static GroupNorm keeping(GroupNorm op, Value y) {
        return op.withKept(new Value("kept " + y.name(), new long[] {y.size(0), 5, y.size(1)}, DataType.FLOAT, null));
    }

    private static void norm(GroupNorm op, Value y, Value dy, Differentiate backward) {
        backward.parameter(op.weight(), y);
        backward.parameter(op.bias(), y);
        Value x = op.x();
        Value dx = Differentiate.like(x);
        Value dEmbedding = backward.likeIfWanted(op.embedding());
        Value dScale = backward.likeIfWanted(op.scale());
        Value dShift = backward.likeIfWanted(op.shift());
        backward.emitInto(new GroupNormGradient(op, dy, backward.gradient(x), dEmbedding, dScale, dShift), dx);
        backward.replace(x, dx);
        backward.contribute(op.embedding(), dEmbedding);
        backward.contribute(op.scale(), dScale);
        backward.contribute(op.shift(), dShift);
    }

    /**
     * The value itself, or if it is a norm's result, the same value computed once more, so that the first one needn't be
     * kept until here.
     */
    static Value again(Value value, Differentiate backward) {
        Node norm = value.producer();
        return norm != null && norm.op() instanceof GroupNorm op && op.kept() != null
                ? backward.emit(new GroupNormAgain(op.x(), op.kept(), op.grouping()), value)
                : value;
    }
}
