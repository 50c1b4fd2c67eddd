package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.AttentionOp.AttentionGradient;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.linalg.api.buffer.DataType;

/** The gradient of attention. The forward pass keeps the softmax if it is small. A mask has no gradient. */
final class AttentionGradients {
    private AttentionGradients() {}

    static void addTo(Gradients gradients) {
        gradients.keep(Attention.class, AttentionGradients::keeping);
        gradients.add(Attention.class, (op, y, dy, backward) -> attention(op, dy, backward));
    }

    private static Attention keeping(Attention op, Value y) {
        if (op.isInBlocks()) {
            return op;
        }
        long[] shape = {y.size(0), op.heads(), y.size(1), op.key().size(1)};
        return op.withShares(new Value("softmax " + y.name(), shape, DataType.FLOAT, null));
    }

    private static void attention(Attention op, Value dy, Differentiate backward) {
        if (backward.wanted(op.keyBias())) {
            throw new UnsupportedGraphException("the gradient of an attention's mask (" + op.keyBias() + ")");
        }
        Value dQuery = Differentiate.like(op.query());
        Value dKey = Differentiate.like(op.key());
        Value dValue = Differentiate.like(op.value());
        backward.emitInto(new AttentionGradient(op, dy, dKey, dValue), dQuery);
        backward.contribute(op.query(), dQuery);
        backward.contribute(op.key(), dKey);
        backward.contribute(op.value(), dValue);
    }
}
