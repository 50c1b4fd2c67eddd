package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a linear layer without a bias, also one whose weight is that of a convolution of a single element.
 *
 * <pre>
 * x [rows, in] ──────────────────────────────────────→ matrix product, the second transposed          x, weight → Linear
 * weight [out, in], or [out, in, 1] → reshape [out, in] ┘
 * </pre>
 */
final class FuseLinear implements Rewrite {
    @Override
    public Linear apply(Node last, Uses uses) {
        if (!(last.op() instanceof MatrixProduct product)
                || product.transposeLeft()
                || !product.transposeRight()
                || last.output().rank() != 2) {
            return null;
        }
        Value weight = parameter(product.right());
        return weight == null ? null : new Linear(product.left(), weight, null);
    }

    /** The parameter [out, in, 1, …] of which a matrix [out, in] is made; null if there is none. */
    private static Value parameter(Value matrix) {
        if (matrix.parameter() != null) {
            return matrix;
        }
        Reshape reshape = Uses.made(matrix, Reshape.class);
        Value parameter = reshape == null ? null : reshape.x();
        return parameter != null
                        && parameter.parameter() != null
                        && parameter.rank() > 2
                        && parameter.size(0) == matrix.size(0)
                        && parameter.size(1) == matrix.size(1)
                ? parameter
                : null;
    }
}
