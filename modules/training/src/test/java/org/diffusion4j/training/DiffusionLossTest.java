package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DiffusionLossTest {
    private static final NoiseSchedule SCHEDULE = new NoiseSchedule(new DdpmConfig());
    private static final long[] TIMESTEPS = {0, 400, 999};

    private static INDArray array(double from, double to) {
        return Nd4j.linspace(DataType.FLOAT, from, (to - from) / 71, 72).reshape(3, 2, 3, 4);
    }

    @TestFactory
    Stream<DynamicTest> gradientIsThatOfTheValue() {
        return Stream.of(
                        LossWeighting.simple(),
                        LossWeighting.snr(),
                        LossWeighting.minSnr(5),
                        LossWeighting.asVelocity(LossWeighting.minSnr(5)))
                .flatMap(weighting -> Stream.of(Prediction.values())
                        .map(prediction -> DynamicTest.dynamicTest(weighting + ", " + prediction, () -> {
                            DiffusionLoss loss = new DiffusionLoss(SCHEDULE, prediction, weighting);
                            INDArray output = array(-2, 3);
                            INDArray target = array(1, -1);
                            INDArray gradient =
                                    loss.of(output, target, TIMESTEPS).gradient();
                            for (int image = 0; image < 3; image++) {
                                int[] at = {image, 1, 2, image};
                                double before = output.getDouble(at);
                                output.putScalar(at, before + 0.25);
                                double up = loss.of(output, target, TIMESTEPS).value();
                                output.putScalar(at, before - 0.25);
                                double down = loss.of(output, target, TIMESTEPS).value();
                                output.putScalar(at, before);
                                double expected = (up - down) / 0.5; // exact: the loss is a parabola
                                assertEquals(expected, gradient.getDouble(at), 1e-5 * Math.abs(expected) + 1e-12);
                            }
                        })));
    }

    @Test
    void snrWeightsMakeEveryPredictionsLossThatOfTheNoise() {
        // A network that is wrong by d in x₀ is wrong by √snr·d in ε and by √(snr+1)·d in v.
        for (long timestep : TIMESTEPS) {
            double snr = SCHEDULE.snr(timestep);
            LossWeighting weighting = LossWeighting.snr();
            assertEquals(1, weighting.weight(snr, Prediction.EPSILON));
            assertEquals(snr, weighting.weight(snr, Prediction.SAMPLE));
            assertEquals(snr / (snr + 1), weighting.weight(snr, Prediction.V_PREDICTION), 1e-12);
        }
    }

    @Test
    void weightsAsVelocityMakeEveryPredictionsLossThatOfTheVelocity() {
        for (long timestep : TIMESTEPS) {
            double snr = SCHEDULE.snr(timestep);
            LossWeighting weighting = LossWeighting.asVelocity(LossWeighting.minSnr(5));
            double velocity = LossWeighting.minSnr(5).weight(snr, Prediction.V_PREDICTION);
            assertEquals(velocity, weighting.weight(snr, Prediction.V_PREDICTION));
            assertEquals(velocity * (snr + 1), weighting.weight(snr, Prediction.SAMPLE), 1e-12 * (snr + 1));
            assertEquals(
                    velocity * (snr + 1) / snr, weighting.weight(snr, Prediction.EPSILON), 1e-12 * (snr + 1) / snr);
        }
    }

    @Test
    void minSnrIsTheSmallerOfBothAndHasALimitWhereThereIsNoSignalOrNoNoise() {
        LossWeighting weighting = LossWeighting.minSnr(5);
        assertEquals(5, weighting.weight(20, Prediction.SAMPLE));
        assertEquals(3, weighting.weight(3, Prediction.SAMPLE));
        assertEquals(0.25, weighting.weight(20, Prediction.EPSILON));
        assertEquals(1, weighting.weight(3, Prediction.EPSILON));
        assertEquals(5.0 / 21, weighting.weight(20, Prediction.V_PREDICTION), 1e-15);
        assertEquals(0.75, weighting.weight(3, Prediction.V_PREDICTION));
        for (double snr : new double[] {0, Double.POSITIVE_INFINITY}) {
            for (Prediction prediction : Prediction.values()) {
                double weight = weighting.weight(snr, prediction);
                assertEquals(true, weight >= 0 && weight <= 5, prediction + " at " + snr + ": " + weight);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> LossWeighting.minSnr(0));
    }

    @Test
    void valueIsTheMeanOfTheImagesWeightedErrors() {
        DiffusionLoss loss = new DiffusionLoss(SCHEDULE, Prediction.V_PREDICTION, LossWeighting.minSnr(5));
        INDArray target = array(-1, 1);
        INDArray output = target.add(Nd4j.createFromArray(1f, 2f, 3f).reshape(3, 1, 1, 1));
        DiffusionLoss.Result result = loss.of(output, target, TIMESTEPS);
        double[] weights = loss.weights(TIMESTEPS);
        double[] expected = {weights[0], 4 * weights[1], 9 * weights[2]};
        assertArrayEquals(expected, result.perImage(), 1e-6);
        assertEquals((expected[0] + expected[1] + expected[2]) / 3, result.value(), 1e-6);
    }

    @Test
    void targetsFollowThePrediction() {
        INDArray clean = array(-1, 1);
        INDArray noise = array(2, -2);
        assertEquals(noise, loss(Prediction.EPSILON).target(clean, noise, TIMESTEPS));
        assertEquals(clean, loss(Prediction.SAMPLE).target(clean, noise, TIMESTEPS));
        assertEquals(
                SCHEDULE.velocity(clean, noise, TIMESTEPS),
                loss(Prediction.V_PREDICTION).target(clean, noise, TIMESTEPS));
    }

    private static DiffusionLoss loss(Prediction prediction) {
        return new DiffusionLoss(SCHEDULE, prediction, LossWeighting.simple());
    }

    @Test
    void wrongShapesAreNamed() {
        DiffusionLoss loss = loss(Prediction.EPSILON);
        INDArray array = array(0, 1);
        assertEquals(
                "the network's output: expected the target's shape [3, 2, 3, 4], found [3, 2, 4, 3]",
                assertThrows(IllegalArgumentException.class, () -> loss.of(array.reshape(3, 2, 4, 3), array, TIMESTEPS))
                        .getMessage());
        assertEquals(
                "timesteps: expected 3, one per image, found 2",
                assertThrows(IllegalArgumentException.class, () -> loss.of(array, array, 1, 2))
                        .getMessage());
    }
}
