package org.diffusion4j.pipeline.part;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays that have one row for each picture, or one row for all. */
public final class Rows {
    private Rows() {}

    /**
     * Copies rows.
     *
     * @param array float numbers, [N, ...]
     * @param rows the rows' indices, which may be repeated
     * @return a new array with these rows
     */
    public static INDArray of(INDArray array, int... rows) {
        INDArray[] each = new INDArray[rows.length];
        for (int i = 0; i < rows.length; i++) {
            each[i] = array.get(NDArrayIndex.interval(rows[i], rows[i] + 1)).dup('c');
        }
        return joined(each);
    }

    /**
     * Joins arrays, of which only the result is left.
     *
     * @param parts arrays that differ in their first dimension only, at least one
     * @return all rows in this order
     */
    public static INDArray joined(INDArray... parts) {
        if (parts.length == 1) {
            return parts[0]; // which is also what ND4J gives for it
        }
        INDArray all = Nd4j.concat(0, parts);
        for (INDArray part : parts) {
            part.close();
        }
        return all;
    }

    /**
     * Copies the rows of some pictures; of an array that has one row, that row for each of them.
     *
     * @param array float numbers, [1 or N, ...]
     * @param first the first of the pictures, from 0
     * @param images how many
     * @return a new array with a row for each
     */
    public static INDArray ofPictures(INDArray array, int first, int images) {
        int[] rows = new int[images];
        for (int i = 0; i < images; i++) {
            rows[i] = array.size(0) == 1 ? 0 : first + i;
        }
        return of(array, rows);
    }
}
