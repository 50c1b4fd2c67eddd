package org.diffusion4j.engine.ir;

import java.util.List;

/** Element by element. */
public sealed interface ElementwiseOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * One operand.
     *
     * @param x any shape
     * @param function which
     */
    record Unary(Value x, Function function) implements ElementwiseOp {}

    /**
     * A function of one number.
     *
     * @param kind which
     * @param scalar the number in {@code x + scalar} and its like; else 0
     */
    record Function(Function.Kind kind, double scalar) {
        /** Which function. */
        public enum Kind {
            /** The same number, in another type. */
            CAST,
            /** x + scalar. */
            ADD,
            /** x·scalar. */
            MULTIPLY,
            /** x / scalar. */
            DIVIDE,
            /** 1 / (1 + e^-x). */
            SIGMOID,
            /** max(x, 0). */
            RELU,
            /** The hyperbolic tangent. */
            TANH,
            /** The error function. */
            ERF,
            /** log(1 + e^x). */
            SOFTPLUS,
            /** x². */
            SQUARE,
            /** √x. */
            SQRT,
            /** The sine. */
            SIN,
            /** The cosine. */
            COS,
            /** The natural logarithm. */
            LOG,
            /** The largest integer that isn't above x. */
            FLOOR,
            /** x without its fraction. */
            TRUNCATE,
            /** 1 where x ≥ scalar, else 0. */
            AT_LEAST
        }
    }

    /**
     * Two operands, broadcast to one shape.
     *
     * @param kind which function
     * @param left a
     * @param right b
     */
    record Binary(Binary.Kind kind, Value left, Value right) implements ElementwiseOp {
        /** Which function of two. */
        public enum Kind {
            /** a + b. */
            ADD,
            /** a - b. */
            SUBTRACT,
            /** a·b. */
            MULTIPLY,
            /** a / b. */
            DIVIDE
        }
    }

    /**
     * x·sigmoid(x); made by a rewrite.
     *
     * @param x any shape
     */
    record Silu(Value x) implements ElementwiseOp {}

    /**
     * Zero for a share of the elements, the others divided by 1 - share; made by a rewrite. An element is dropped if its hash
     * is below the share.
     *
     * @param x [N, ...]
     * @param phase of each image, [N, 1], in double precision
     * @param share dropped
     * @param hash of an element's position
     */
    record Dropout(Value x, Value phase, double share, Hash hash) implements ElementwiseOp {}

    /**
     * A hash of a position: first h = fraction(position·step + phase), the position being the element's in its image,
     * row-major; then h = fraction((h + left)·(h + right)·scale) in each round.
     *
     * @param step from one position to the next
     * @param rounds in order
     */
    record Hash(double step, List<Round> rounds) {
        /** Copies the rounds. */
        public Hash {
            rounds = List.copyOf(rounds);
        }

        /**
         * A round of the hash.
         *
         * @param left added on the left
         * @param right added on the right
         * @param scale of the product
         */
        public record Round(double left, double right, double scale) {}
    }

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx of a function of one number.
     *
     * @param x its operand
     * @param y its result
     * @param dy of the result
     * @param function which
     */
    record UnaryGradient(Value x, Value y, Value dy, Function function) implements ElementwiseOp {}

    /**
     * dx.
     *
     * @param x the operand
     * @param dy of the result
     */
    record SiluGradient(Value x, Value dy) implements ElementwiseOp {}

    /**
     * Into the gradients.
     *
     * @param gradient of the parameter
     * @param parameter in the network's list
     */
    record Accumulate(Value gradient, Value parameter) implements ElementwiseOp {}
}
