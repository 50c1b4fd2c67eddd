package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;

/**
 * Fuses a linear layer without a bias.
 *
 * <pre>
 * x [rows, in] ───────────→ matrix product, the second transposed          x, weight → Linear
 * weight [out, in] ───────┘
 * </pre>
 */
final class FuseLinear implements Rewrite {
    @Override
    public Linear apply(Node last, Uses uses) {
        return last.op() instanceof MatrixProduct product
                        && !product.transposeLeft()
                        && product.transposeRight()
                        && last.output().rank() == 2
                        && product.right().parameter() != null
                ? new Linear(product.left(), product.right(), null)
                : null;
    }
}
