package org.diffusion4j.weights.torchfile;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.TensorType;

/**
 * A tensor as a view of a storage, which it lies within: its elements are at {@code firstByte} plus, in each dimension, a
 * multiple of a stride.
 *
 * @param storage which holds the elements
 * @param type the elements' type
 * @param firstByte where the first element is in the whole storage
 * @param shape the dimensions; of length 0 for a scalar
 * @param strides in elements, for each dimension
 */
record TorchTensor(TorchStorage storage, TensorType type, long firstByte, long[] shape, long[] strides) {
    /** PyTorch's own limit. */
    private static final int MOST_DIMENSIONS = 64;

    /**
     * A view by strides of 0 has more elements than are stored. Those of a mask or a table of positions are few; more are what
     * a file is made of to fill the memory.
     */
    private static final long MOST_REPEATED = 1L << 22;

    /**
     * Checks and makes a view.
     *
     * @param offset of its first element in the storage, in elements of its own type
     * @param input for messages
     */
    static TorchTensor of(
            TorchStorage storage, TensorType type, long offset, long[] shape, long[] strides, PickleInput input) {
        if (shape.length != strides.length || shape.length > MOST_DIMENSIONS) {
            throw input.fault("expected a stride for each of at most " + MOST_DIMENSIONS + " dimensions, found "
                    + strides.length + " for " + shape.length);
        }
        if (offset < 0
                || Arrays.stream(shape).anyMatch(dimension -> dimension < 0)
                || Arrays.stream(strides).anyMatch(stride -> stride < 0)) {
            throw input.fault("expected a tensor's shape, strides and offset, found a negative number");
        }
        int bytes = type.bits() / 8;
        long stored = storage.length() * storage.type().elementBytes() / bytes;
        long length = length(shape, input);
        if (length == 0) {
            return new TorchTensor(storage, type, 0, shape, strides);
        }
        long last = offset;
        try {
            for (int i = 0; i < shape.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
            }
        } catch (ArithmeticException e) {
            last = Long.MAX_VALUE;
        }
        if (last >= stored) {
            throw input.fault("expected a tensor within its storage of " + stored + " elements, found "
                    + (last == Long.MAX_VALUE ? "one far beyond" : "one up to element " + last));
        }
        if (length > Math.max(stored, MOST_REPEATED)) {
            throw input.fault(
                    "expected a tensor no larger than its storage of " + stored + " elements, found one of " + length);
        }
        long start = storage.first() * storage.type().elementBytes() + offset * bytes;
        return new TorchTensor(storage, type, start, shape, strides);
    }

    private static long length(long[] shape, PickleInput input) {
        long length = 1;
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension == 0) {
                empty = true;
            } else if (length > Long.MAX_VALUE / Long.SIZE / dimension) {
                throw input.fault("expected a countable number of elements, found more");
            } else {
                length *= dimension;
            }
        }
        return empty ? 0 : length;
    }

    /** Whether the elements lie one after another, row by row. */
    boolean isContiguous() {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] == 0) {
                return true;
            }
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    /** The size of all elements. */
    long byteSize() {
        return Arrays.stream(shape).reduce(type.bits() / 8, (a, b) -> a * b);
    }

    /** How many bytes of the storage lie between the first element and the end of the last one, these included. */
    long extent() {
        long last = 0;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 0) {
                return 0;
            }
            last += (shape[i] - 1) * strides[i];
        }
        return (last + 1) * (type.bits() / 8);
    }
}
