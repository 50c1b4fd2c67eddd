package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Looks up the rows that a product with one-hot rows picks, so that neither these are made nor multiplied.
 *
 * <pre>
 * indices [N] → one-hot [N, rows] ─→ matrix product          indices, table → Gather
 * table [rows, D] ─────────────────┘
 * </pre>
 */
final class FuseGather implements Rewrite {
    @Override
    public Gather apply(Node last, Uses uses) {
        if (!(last.op() instanceof MatrixProduct product) || last.output().rank() != 2) {
            return null;
        }
        OneHot oneHot = uses.inner(product.left(), OneHot.class);
        Value table = product.right();
        return oneHot != null
                        && !product.transposeLeft()
                        && !product.transposeRight()
                        && table.parameter() != null
                        && table.dataType() == DataType.FLOAT
                ? new Gather(oneHot.indices(), table)
                : null;
    }
}
