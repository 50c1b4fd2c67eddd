package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGelu;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGeluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.GeluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.ElementwiseOp.SiluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.ElementwiseOp.UnaryGradient;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/** The gradients of the ops that work element by element. */
final class ElementwiseGradients {
    private ElementwiseGradients() {}

    static void addTo(Gradients gradients) {
        gradients.add(Unary.class, ElementwiseGradients::unary);
        gradients.add(Binary.class, ElementwiseGradients::binary);
        gradients.add(
                Silu.class,
                (op, y, dy, backward) ->
                        backward.contribute(op.x(), backward.emit(new SiluGradient(op.x(), dy), op.x())));
        gradients.add(
                Gelu.class,
                (op, y, dy, backward) ->
                        backward.contribute(op.x(), backward.emit(new GeluGradient(op.x(), dy, op.form()), op.x())));
        gradients.add(
                GatedGelu.class,
                (op, y, dy, backward) -> backward.contribute(
                        op.x(), backward.emit(new GatedGeluGradient(op.x(), dy, op.form()), op.x())));
        gradients.add(Dropout.class, (op, y, dy, backward) -> {
            if (backward.wanted(op.x())) {
                Op again = new Dropout(dy, op.phase(), op.share(), op.hash());
                backward.contribute(op.x(), backward.emit(again, op.x()));
            }
        });
    }

    private static void unary(Unary op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        switch (op.function().kind()) {
            case ADD -> backward.contribute(x, dy);
            case MULTIPLY, DIVIDE, CAST -> backward.contribute(x, backward.emit(new Unary(dy, op.function()), x));
            case FLOOR, TRUNCATE, AT_LEAST -> {
                // The gradient is zero.
            }
            default -> backward.contribute(x, backward.emit(new UnaryGradient(x, y, dy, op.function()), x));
        }
    }

    private static void binary(Binary op, Value y, Value dy, Differentiate backward) {
        Value a = op.left();
        Value b = op.right();
        switch (op.kind()) {
            case ADD -> {
                backward.contributeSum(a, dy);
                backward.contributeSum(b, dy);
            }
            case SUBTRACT -> {
                backward.contributeSum(a, dy);
                if (backward.wanted(b)) {
                    backward.contributeSum(b, negative(dy, backward));
                }
            }
            case MULTIPLY -> {
                if (backward.wanted(a)) {
                    backward.contributeSum(a, backward.emit(new Binary(op.kind(), dy, b), y));
                }
                if (backward.wanted(b)) {
                    backward.contributeSum(b, backward.emit(new Binary(op.kind(), dy, a), y));
                }
            }
            case DIVIDE -> {
                Value share = backward.emit(new Binary(op.kind(), dy, b), y);
                backward.contributeSum(a, share);
                if (backward.wanted(b)) {
                    Value product = backward.emit(new Binary(Binary.Kind.MULTIPLY, share, y), y);
                    backward.contributeSum(b, negative(product, backward));
                }
            }
        }
    }

    private static Value negative(Value value, Differentiate backward) {
        return backward.emit(new Unary(value, new Function(Function.Kind.MULTIPLY, -1)), value);
    }
}
