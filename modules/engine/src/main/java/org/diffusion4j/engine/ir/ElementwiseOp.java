package org.diffusion4j.engine.ir;

import java.util.List;
import org.diffusion4j.kernels.Kernels;

/** Ops that work element by element. */
public sealed interface ElementwiseOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * A function of one operand.
     *
     * @param x any shape
     * @param function the function
     */
    record Unary(Value x, Function function) implements ElementwiseOp {}

    /**
     * A function of one number.
     *
     * @param kind the kind of function
     * @param scalar the number in functions such as {@code x + scalar}; otherwise 0
     */
    record Function(Function.Kind kind, double scalar) {
        /** The kinds of functions. */
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
            /** 1 where x ≥ scalar, otherwise 0. */
            AT_LEAST
        }
    }

    /**
     * A function of two operands, which are broadcast to one shape.
     *
     * @param kind the kind of function
     * @param left a
     * @param right b
     */
    record Binary(Binary.Kind kind, Value left, Value right) implements ElementwiseOp {
        /** The kinds of functions of two numbers. */
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
     * x·sigmoid(x), which a rewrite makes.
     *
     * @param x any shape
     */
    record Silu(Value x) implements ElementwiseOp {}

    /**
     * gelu(x), which rewrites make.
     *
     * @param x any shape
     * @param form which gelu
     */
    record Gelu(Value x, Kernels.Gelu form) implements ElementwiseOp {}

    /**
     * value·gelu(gate), which a rewrite makes.
     *
     * @param x [..., 2·C], the values and then the gates
     * @param form which gelu
     */
    record GatedGelu(Value x, Kernels.Gelu form) implements ElementwiseOp {}

    /**
     * Dropout, which a rewrite makes: an element becomes zero if its hash is below the share; the other elements are
     * divided by 1 - share.
     *
     * @param x [N, ...]
     * @param phase the phase of each image, [N, 1], in double precision
     * @param share the share of the elements that is dropped
     * @param hash the hash of an element's position
     */
    record Dropout(Value x, Value phase, double share, Hash hash) implements ElementwiseOp {}

    /**
     * A hash of an element's position in its image, row-major: first h = fraction(position·step + phase), then h =
     * fraction((h + left)·(h + right)·scale) in each round.
     *
     * @param step the difference from one position to the next
     * @param rounds the rounds in order
     */
    record Hash(double step, List<Round> rounds) {
        /** Copies the rounds. */
        public Hash {
            rounds = List.copyOf(rounds);
        }

        /**
         * A round of the hash.
         *
         * @param left the number that is added in the left factor
         * @param right the number that is added in the right factor
         * @param scale the factor of the product
         */
        public record Round(double left, double right, double scale) {}
    }

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx of a function of one number.
     *
     * @param x the function's operand
     * @param y the function's result
     * @param dy the gradient of the result
     * @param function the function
     */
    record UnaryGradient(Value x, Value y, Value dy, Function function) implements ElementwiseOp {}

    /**
     * dx.
     *
     * @param x the operand
     * @param dy the gradient of the result
     */
    record SiluGradient(Value x, Value dy) implements ElementwiseOp {}

    /**
     * dx.
     *
     * @param x the operand
     * @param dy the gradient of the result
     * @param form which gelu
     */
    record GeluGradient(Value x, Value dy, Kernels.Gelu form) implements ElementwiseOp {}

    /**
     * dx.
     *
     * @param x the operand
     * @param dy the gradient of the result
     * @param form which gelu
     */
    record GatedGeluGradient(Value x, Value dy, Kernels.Gelu form) implements ElementwiseOp {}

    /**
     * Adds to the parameters' gradients.
     *
     * @param gradient the gradient of the parameter
     * @param parameter the parameter
     */
    record Accumulate(Value gradient, Value parameter) implements ElementwiseOp {}
}
