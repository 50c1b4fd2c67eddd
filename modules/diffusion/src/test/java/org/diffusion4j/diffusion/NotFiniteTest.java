package org.diffusion4j.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NotFiniteTest {
    @Test
    void finiteNumbersAreNothingToReport() {
        assertTrue(NotFinite.in(Nd4j.create(DataType.FLOAT, 2, 3)).isEmpty());
        assertTrue(NotFinite.in(Nd4j.empty(DataType.FLOAT)).isEmpty());
        assertTrue(NotFinite.in(Nd4j.createFromArray(Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE))
                .isEmpty());
    }

    @Test
    void eachKindIsFoundWhereverItStands() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int index : new int[] {0, 17, 4095}) {
                INDArray array = Nd4j.create(DataType.FLOAT, 4096);
                array.putScalar(index, value);
                NotFinite found = NotFinite.in(array).orElseThrow();
                assertEquals(1, found.count());
                assertEquals(index, found.position()[0]);
                assertEquals(value, (float) found.value());
            }
        }
    }

    @Test
    void theFirstIsDescribedByItsPositionAndTheOthersAreCounted() {
        INDArray array = Nd4j.create(DataType.FLOAT, 2, 3, 4);
        array.putScalar(new int[] {1, 0, 2}, Double.NaN);
        array.putScalar(new int[] {1, 2, 3}, Double.POSITIVE_INFINITY);
        assertEquals(
                "NaN at [1, 0, 2], one of 2 such values in 24",
                NotFinite.in(array).orElseThrow().describe());
    }

    @Test
    void aViewAndAnotherOrderAreReadByTheirOwnIndices() {
        INDArray whole = Nd4j.create(DataType.FLOAT, 4, 3);
        whole.putScalar(new int[] {2, 1}, Double.NaN);
        for (INDArray array : List.of(whole, whole.dup('f'))) {
            assertEquals(
                    "NaN at [1, 1], the only such value in 6",
                    NotFinite.in(array.get(NDArrayIndex.interval(1, 3)))
                            .orElseThrow()
                            .describe());
            assertTrue(NotFinite.in(array.get(NDArrayIndex.interval(0, 2))).isEmpty(), "outside of the view");
        }
        assertEquals(
                "NaN at [1, 2], the only such value in 12",
                NotFinite.in(whole.transpose()).orElseThrow().describe());
    }
}
