package org.diffusion4j.diffusion.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The numbers are those that {@code torch.manual_seed(0); torch.randn(n)} is known for. */
class TorchGeneratorTest {
    private static final float TOLERANCE = 5e-5f;

    @Test
    void fewNumbersAreDrawnOneByOne() {
        assertArrayEquals(
                new float[] {1.5410f, -0.2934f, -2.1788f, 0.5684f, -1.0845f, -1.3986f},
                new TorchGenerator(0).randn(6).toFloatVector(),
                TOLERANCE);
    }

    @Test
    void manyNumbersAreDrawnInBlocks() {
        float[] values = new TorchGenerator(0).randn(1, 3, 32, 32).data().asFloat();

        assertArrayEquals(
                new float[] {-1.1258f, -1.1524f, -0.2506f, -0.4339f, 0.8487f, 0.6920f},
                Arrays.copyOf(values, 6),
                TOLERANCE);
    }

    @Test
    void theSecondOfAPairWaitsForTheNextSmallDraw() {
        TorchGenerator generator = new TorchGenerator(0);

        float first = generator.randn(1).getFloat(0);
        generator.randn(16);
        float second = generator.randn(1).getFloat(0);

        assertEquals(1.5410f, first, TOLERANCE);
        assertEquals(-0.2934f, second, TOLERANCE);
    }

    @Test
    void theLastBlockIsDrawnAnewWhereTheLengthIsNoMultipleOfSixteen() {
        float[] whole = new TorchGenerator(3).randn(32).toFloatVector();
        float[] odd = new TorchGenerator(3).randn(17).toFloatVector();

        assertEquals(whole[0], odd[0]);
        for (int i = 1; i < 17; i++) {
            assertNotEquals(whole[i], odd[i]);
        }
    }

    @Test
    void onlyTheLowerHalfOfTheSeedCounts() {
        assertEquals(new TorchGenerator(5).randn(20), new TorchGenerator(5 + (1L << 32)).randn(20));
    }

    @Test
    void drawsAreStandardNormal() {
        INDArray values = new TorchGenerator(11).randn(1, 1, 300, 300);

        assertEquals(0, values.meanNumber().doubleValue(), 0.01);
        assertEquals(1, values.stdNumber().doubleValue(), 0.01);
    }
}
