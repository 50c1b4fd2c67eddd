package org.diffusion4j.pipeline.prompt;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays that have one row for each picture, or one row for all. */
final class Rows {
    private Rows() {}

    /** A copy of some rows of an array of float numbers, which may be repeated. */
    static INDArray of(INDArray array, int... rows) {
        INDArray[] each = new INDArray[rows.length];
        for (int i = 0; i < rows.length; i++) {
            each[i] = array.get(NDArrayIndex.interval(rows[i], rows[i] + 1)).dup('c');
        }
        return joined(each);
    }

    /** Arrays one below the other, of which only the result is left. */
    static INDArray joined(INDArray... parts) {
        if (parts.length == 1) {
            return parts[0]; // which is also what ND4J gives for it
        }
        INDArray all = Nd4j.concat(0, parts);
        for (INDArray part : parts) {
            part.close();
        }
        return all;
    }

    /** A copy of the rows of some pictures; of an array that has one row, that row for each of them. */
    static INDArray ofPictures(INDArray array, int first, int images) {
        int[] rows = new int[images];
        for (int i = 0; i < images; i++) {
            rows[i] = array.size(0) == 1 ? 0 : first + i;
        }
        return of(array, rows);
    }
}
