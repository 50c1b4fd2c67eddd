package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GradientTreeTest {
    private static final int LENGTH = 33;

    /** Vectors whose sum depends on the order. */
    private static float[][] vectors(int count) {
        Random random = new Random(count);
        float[][] vectors = new float[count][LENGTH];
        for (float[] vector : vectors) {
            for (int i = 0; i < LENGTH; i++) {
                vector[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(7)));
            }
        }
        return vectors;
    }

    /** The definition: the left part is the largest power of two that is less than the whole. */
    private static float[] sum(float[][] vectors, int from, int to) {
        if (to - from == 1) {
            return vectors[from].clone();
        }
        int middle = from + Integer.highestOneBit(to - from - 1);
        float[] left = sum(vectors, from, middle);
        float[] right = sum(vectors, middle, to);
        for (int i = 0; i < LENGTH; i++) {
            left[i] += right[i];
        }
        return left;
    }

    private static float[] added(GradientTree tree, INDArray vector, float[]... vectors) {
        for (int i = 0; i < vectors.length; i++) {
            vector.addi(Nd4j.createFromArray(vectors[i]));
            if (i + 1 < vectors.length) {
                tree.add();
            } else {
                tree.addLast();
            }
        }
        float[] sum = vector.toFloatVector();
        vector.assign(0);
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 31})
    void addsNeighboursFirstAndThenTheirSums(int count) {
        INDArray vector = Nd4j.create(DataType.FLOAT, LENGTH);
        float[][] vectors = vectors(count);
        try (GradientTree tree = new GradientTree(vector)) {
            for (int time = 0; time < 2; time++) {
                assertArrayEquals(sum(vectors, 0, count), added(tree, vector, vectors));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void partsOfAnAlignedSizeAddUpToTheSameBits(int part) {
        INDArray vector = Nd4j.create(DataType.FLOAT, LENGTH);
        try (GradientTree tree = new GradientTree(vector)) {
            for (int count = 1; count <= 20; count++) {
                float[][] vectors = vectors(count);
                float[][] parts = new float[(count + part - 1) / part][];
                for (int i = 0; i < parts.length; i++) {
                    parts[i] = sum(vectors, i * part, Math.min(count, (i + 1) * part));
                }
                assertArrayEquals(sum(vectors, 0, count), added(tree, vector, parts));
            }
        }
    }

    @Test
    void forgetsWhatWasAddedWhenItIsCleared() {
        INDArray vector = Nd4j.create(DataType.FLOAT, LENGTH);
        float[][] vectors = vectors(5);
        try (GradientTree tree = new GradientTree(vector)) {
            for (int i = 0; i < 3; i++) {
                vector.addi(Nd4j.createFromArray(vectors[i]));
                tree.add();
            }
            vector.addi(1);
            tree.clear();
            assertArrayEquals(sum(vectors, 0, 5), added(tree, vector, vectors));
        }
    }
}
