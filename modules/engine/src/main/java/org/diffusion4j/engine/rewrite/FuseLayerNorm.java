package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Fuses a layer norm without weight and bias.
 *
 * <pre>
 * x [..., C] ─┬─────────────→ − ─┬─────────────────────────────→ ÷          x → LayerNorm
 *             └→ mean over C ─┘  └→ ² → mean over C → + eps → √ ┘
 * </pre>
 */
final class FuseLayerNorm implements Rewrite {
    @Override
    public LayerNorm apply(Node last, Uses uses) {
        NormPatterns.Standardized norm = NormPatterns.standardized(Uses.is(last, Binary.Kind.DIVIDE), uses);
        return norm != null && norm.x().rank() > 1 && norm.x().dataType() == DataType.FLOAT
                ? new LayerNorm(norm.x(), norm.eps())
                : null;
    }
}
