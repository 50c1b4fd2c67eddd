package org.diffusion4j.graph.build;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A SameDiff variable together with its shape, which SameDiff itself knows only when the graph runs.
 *
 * @param variable the variable
 * @param shape its shape; the first dimension may be -1, which stands for any batch size
 */
public record ShapedVariable(SDVariable variable, long... shape) {
    /** Checks that every dimension but the first is known. */
    public ShapedVariable {
        shape = shape.clone();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < (i == 0 ? -1 : 1)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "shape of '%s': expected known dimensions after the batch, found %s",
                        variable.name(),
                        Arrays.toString(shape)));
            }
        }
    }

    /**
     * The shape.
     *
     * @return a copy
     */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /**
     * The size of a dimension.
     *
     * @param dimension 0 is the batch; a negative number counts from the end
     * @return its size
     */
    public long size(int dimension) {
        return shape[dimension < 0 ? shape.length + dimension : dimension];
    }

    /**
     * The number of dimensions.
     *
     * @return the rank
     */
    public int rank() {
        return shape.length;
    }

    /**
     * The graph that the variable belongs to.
     *
     * @return where ops on it are added
     */
    public SameDiff sameDiff() {
        return variable.getSameDiff();
    }

    /**
     * The element type.
     *
     * @return SameDiff's type
     */
    public DataType dataType() {
        return variable.dataType();
    }

    /**
     * Gives another variable the same shape.
     *
     * @param other a variable that was computed from this one element by element
     * @return the other variable with this shape
     */
    public ShapedVariable with(SDVariable other) {
        return new ShapedVariable(other, shape);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ShapedVariable other
                && variable.equals(other.variable)
                && Arrays.equals(shape, other.shape);
    }

    @Override
    public int hashCode() {
        return 31 * variable.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return variable.name() + Arrays.toString(shape);
    }
}
