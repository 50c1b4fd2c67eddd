package org.diffusion4j.diffusion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** a·x + b·y, the sum that nearly every formula of diffusion is made of. */
public final class LinearCombination {
    private LinearCombination() {}

    /**
     * Adds two scaled arrays. The inputs aren't changed. The one temporary array is freed at once, since a sampler's loop
     * would otherwise pile up native memory until the garbage collector happens to run.
     *
     * @param a the factor of x
     * @param x any shape
     * @param b the factor of y
     * @param y the shape of x
     * @return a·x + b·y, a new array
     */
    public static INDArray of(double a, INDArray x, double b, INDArray y) {
        return add(x.mul(a), b, y);
    }

    /**
     * Adds a scaled array in place; the temporary array is freed as in {@link #of}.
     *
     * @param sum what is added to
     * @param b the factor of y
     * @param y the shape of sum
     * @return sum, which is now sum + b·y
     */
    public static INDArray add(INDArray sum, double b, INDArray y) {
        INDArray scaled = y.mul(b);
        sum.addi(scaled);
        free(scaled);
        return sum;
    }

    /**
     * Like {@link #of(double, INDArray, double, INDArray)}, but with separate factors for each image.
     *
     * @param a one factor for each image of x
     * @param x [B,…]
     * @param b one factor for each image of y
     * @param y the shape of x
     * @return a[i]·x[i] + b[i]·y[i], a new array of the shape of x
     */
    public static INDArray perImage(float[] a, INDArray x, float[] b, INDArray y) {
        INDArray sum = x.dup('c');
        INDArray scaled = y.dup('c');
        scaleImages(sum, a);
        scaleImages(scaled, b);
        sum.addi(scaled);
        free(scaled);
        return sum;
    }

    private static void scaleImages(INDArray array, float[] factors) {
        INDArray column = Nd4j.createFromArray(factors).castTo(array.dataType()).reshape(factors.length, 1);
        array.reshape('c', factors.length, array.length() / factors.length).muliColumnVector(column);
    }

    /** Frees an array, unless it lives in a workspace of the caller, which frees it itself. */
    private static void free(INDArray array) {
        if (array.closeable()) {
            array.close();
        }
    }
}
