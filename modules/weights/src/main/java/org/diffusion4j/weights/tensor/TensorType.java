package org.diffusion4j.weights.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An element type of safetensors, named as in its header. The constants are in the order of the safetensors library, which
 * writes tensors from the last of these types to the first, so {@link #compareTo} is part of the file format.
 */
public enum TensorType {
    /** True or false, one byte each. */
    BOOL(8),
    /** Float of 4 bits (MXFP4). */
    F4(4),
    /** Float of 6 bits, exponent 2, mantissa 3. */
    F6_E2M3(6),
    /** Float of 6 bits, exponent 3, mantissa 2. */
    F6_E3M2(6),
    /** Unsigned, 8 bits. */
    U8(8),
    /** Signed, 8 bits. */
    I8(8),
    /** Float of 8 bits, exponent 5, mantissa 2. */
    F8_E5M2(8),
    /** Float of 8 bits, exponent 4, mantissa 3. */
    F8_E4M3(8),
    /** Scale of 8 bits, which is only an exponent. */
    F8_E8M0(8),
    /** Like {@link #F8_E4M3}, but without infinities and negative zero. */
    F8_E4M3FNUZ(8),
    /** Like {@link #F8_E5M2}, but without infinities and negative zero. */
    F8_E5M2FNUZ(8),
    /** Signed, 16 bits. */
    I16(16),
    /** Unsigned, 16 bits. */
    U16(16),
    /** IEEE 754 half precision. */
    F16(16),
    /** The upper half of a single precision float. */
    BF16(16),
    /** Signed, 32 bits. */
    I32(32),
    /** Unsigned, 32 bits. */
    U32(32),
    /** IEEE 754 single precision. */
    F32(32),
    /** A complex number of two single precision floats. */
    C64(64),
    /** IEEE 754 double precision. */
    F64(64),
    /** Signed, 64 bits. */
    I64(64),
    /** Unsigned, 64 bits. */
    U64(64);

    private final int bits;

    TensorType(int bits) {
        this.bits = bits;
    }

    /**
     * The size of one element.
     *
     * @return bits per element: less than 8 for the packed types
     */
    public int bits() {
        return bits;
    }

    /**
     * Whether {@link FileTensor#floats} reads this type.
     *
     * @return true for F16, BF16, F32 and F64
     */
    public boolean isFloat() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /**
     * The number of bytes of a tensor.
     *
     * @param shape its dimensions, none of them negative
     * @return the size; empty if it isn't a whole number of bytes, or if the product of the dimensions that aren't 0
     *     overflows a long
     */
    public Optional<Long> byteSize(long... shape) {
        long product = bits;
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension == 0) {
                empty = true;
            } else if (product > Long.MAX_VALUE / dimension) {
                return Optional.empty();
            } else {
                product *= dimension;
            }
        }
        if (empty) {
            return Optional.of(0L);
        }
        return product % 8 == 0 ? Optional.of(product / 8) : Optional.empty();
    }

    /**
     * Describes a tensor for messages.
     *
     * @param shape the dimensions
     * @return such as {@code F32 [128, 3, 3, 3]}
     */
    public String describe(long... shape) {
        return shape.length <= 16 ? this + " " + Arrays.toString(shape) : this + " of " + shape.length + " dimensions";
    }

    /**
     * A type by the name in a safetensors header.
     *
     * @param name such as {@code F32}
     * @return the type, if there is one
     */
    public static Optional<TensorType> named(String name) {
        for (TensorType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /**
     * The type in which an array is written as it is.
     *
     * @param type FLOAT, HALF, BFLOAT16, DOUBLE, LONG or INT
     * @return F32, F16, BF16, F64, I64 or I32
     * @throws IllegalArgumentException for another type
     */
    @SuppressWarnings("deprecation") // DataType has deprecated constants, which this switch needn't name
    public static TensorType of(DataType type) {
        return switch (type) {
            case FLOAT -> F32;
            case HALF -> F16;
            case BFLOAT16 -> BF16;
            case DOUBLE -> F64;
            case LONG -> I64;
            case INT -> I32;
            default ->
                throw new IllegalArgumentException(
                        "array: expected FLOAT, HALF, BFLOAT16, DOUBLE, LONG or INT, found " + type);
        };
    }
}
