package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The numbers are those of the paper's algorithm in PyTorch in double precision, for F(x, c) = 0.3·x + 0.001·c. */
class EdmHeunTest {
    private static final Preconditioning PAPER = new Preconditioning(0.002, 80, 0.5, 7, 1);
    private static final double[] START = {1, -0.5, 0.02, 0.3};

    private static double[] walked(EdmHeun sampler) {
        INDArray start = Nd4j.createFromArray(START)
                .castTo(DataType.FLOAT)
                .reshape(1, 1, 2, 2)
                .mul(sampler.initNoiseSigma());
        try (Walk walk = sampler.begin(start, 0)) {
            while (!walk.done()) {
                walk.advance(walk.input().mul(0.3).addi(0.001 * walk.timestep()), null);
            }
            return walk.sample().dup().data().asDouble();
        }
    }

    @Test
    void walksAsThePaperHasIt() {
        assertArrayEquals(
                new double[] {1, -0.8701892411, 0.0339445330, 0.5207857959}, walked(new EdmHeun(PAPER, 5, true)), 2e-5);
        assertArrayEquals(
                new double[] {1.7378889533, -0.8701892411, 0.0339445330, 0.5207857959},
                walked(new EdmHeun(PAPER, 5, false)),
                2e-5);
    }

    @Test
    void oneStepIsEulersMethod() {
        assertArrayEquals(
                new double[] {0.1536667614, -0.0760117668, 0.0036101230, 0.0464834483},
                walked(new EdmHeun(PAPER, 1, true)),
                2e-5);
    }

    @Test
    void everyIntervalButTheLastIsWalkedTwice() {
        EdmHeun sampler = new EdmHeun(PAPER, 5, true);
        assertEquals(9, sampler.timesteps().length);
        assertArrayEquals(
                new double[] {
                    80,
                    17.527831965,
                    17.527831965,
                    2.5152189761,
                    2.5152189761,
                    0.16975275627,
                    0.16975275627,
                    0.002,
                    0.002,
                    0
                },
                sampler.sigmas(),
                1e-8);
        assertEquals(Math.log(80) / 4, sampler.timesteps()[0], 1e-12);
        assertEquals(80, sampler.initNoiseSigma());
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new Preconditioning(0.002, 80, 0.5, 7, 0));
        assertTrue(refused.getMessage().startsWith("timestep_scale: expected"), refused.getMessage());
    }
}
