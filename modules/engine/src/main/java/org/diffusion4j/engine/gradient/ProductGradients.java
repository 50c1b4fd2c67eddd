package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.GatherWeights;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.LinearData;
import org.diffusion4j.engine.ir.ProductOp.LinearWeights;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.Value;

/** The gradients of matrix products. Indices are whole numbers, which have no gradient. */
final class ProductGradients {
    private ProductGradients() {}

    static void addTo(Gradients gradients) {
        gradients.add(Linear.class, ProductGradients::linear);
        gradients.add(Gather.class, (op, y, dy, backward) -> {
            if (backward.parameter(op.table(), y) != null) {
                backward.sink(new GatherWeights(op.indices(), dy, op.table()));
            }
        });
        gradients.add(MatrixProduct.class, (op, y, dy, backward) -> product(op, dy, backward));
    }

    private static void linear(Linear op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        Value weight = backward.parameter(op.weight(), y);
        Value bias = backward.parameter(op.bias(), y);
        if (weight != null || bias != null) {
            backward.sink(new LinearWeights(x, dy, weight, bias));
        }
        if (backward.wanted(x)) {
            backward.contribute(x, backward.emit(new LinearData(dy, op.weight()), x));
        }
    }

    private static void product(MatrixProduct op, Value dy, Differentiate backward) {
        Value a = op.left();
        Value b = op.right();
        boolean ta = op.transposeLeft();
        boolean tb = op.transposeRight();
        if (backward.wanted(a)) {
            MatrixProduct da = ta ? new MatrixProduct(b, dy, tb, true) : new MatrixProduct(dy, b, false, !tb);
            backward.contribute(a, backward.emit(da, a));
        }
        if (backward.wanted(b)) {
            MatrixProduct db = tb ? new MatrixProduct(dy, a, true, ta) : new MatrixProduct(a, dy, !ta, false);
            backward.contribute(b, backward.emit(db, b));
        }
    }
}
