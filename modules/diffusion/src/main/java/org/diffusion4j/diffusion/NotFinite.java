package org.diffusion4j.diffusion;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/**
 * The elements of an array that aren't finite numbers. Clipping would turn them into a black picture, which looks like a result.
 *
 * @param count how many elements are NaN or infinite, at least 1
 * @param length how many elements the array has
 * @param position the position of the first such element, one index per dimension
 * @param value the value of that element: NaN or an infinity
 */
public record NotFinite(long count, long length, long[] position, double value) {
    /**
     * Looks for NaN and infinities. If there are none, this is one pass over the array.
     *
     * @param array of floating point, any shape
     * @return what was found; empty if all elements are finite
     */
    public static Optional<NotFinite> in(INDArray array) {
        // A sum is finite only if all its terms are, and takes a tenth of the time. If it isn't finite, its terms may
        // still be.
        if (array.isEmpty() || Double.isFinite(array.sumNumber().doubleValue())) {
            return Optional.empty();
        }
        long count = Nd4j.getExecutioner()
                .exec(new MatchCondition(array, Conditions.notFinite()))
                .getLong(0);
        if (count == 0) {
            return Optional.empty();
        }
        INDArray row = array.dup('c').reshape(array.length());
        long index = 0;
        while (Double.isFinite(row.getDouble(index))) {
            index++;
        }
        return Optional.of(new NotFinite(count, array.length(), position(index, array.shape()), row.getDouble(index)));
    }

    private static long[] position(long index, long[] shape) {
        long[] position = new long[shape.length];
        long rest = index;
        for (int dimension = shape.length - 1; dimension >= 0; dimension--) {
            position[dimension] = rest % shape[dimension];
            rest /= shape[dimension];
        }
        return position;
    }

    /**
     * Describes what was found, for an error message.
     *
     * @return such as {@code NaN at [0, 3, 1, 1], one of 12 such values in 784}
     */
    public String describe() {
        String others = count == 1 ? "the only such value" : "one of " + count + " such values";
        return String.format(Locale.ROOT, "%s at %s, %s in %d", value, Arrays.toString(position), others, length);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NotFinite other
                && count == other.count
                && length == other.length
                && Arrays.equals(position, other.position)
                && Double.compare(value, other.value) == 0;
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(count) + Arrays.hashCode(position);
    }

    @Override
    public String toString() {
        return describe();
    }
}
