package org.diffusion4j.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.diffusion4j.config.ConfigName;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class PredictionTest {
    private static final float ALPHA_CUMPROD = 0.3f;

    private final TorchGenerator generator = new TorchGenerator(1);
    private final INDArray denoised = generator.randn(2, 3, 4, 4);
    private final INDArray epsilon = generator.randn(2, 3, 4, 4);
    private final INDArray sample =
            LinearCombination.of(Math.sqrt(ALPHA_CUMPROD), denoised, Math.sqrt(1 - ALPHA_CUMPROD), epsilon);

    /** What a network would say that knows the truth. */
    private INDArray truth(Prediction prediction) {
        return switch (prediction) {
            case EPSILON -> epsilon;
            case SAMPLE -> denoised;
            case V_PREDICTION ->
                LinearCombination.of(Math.sqrt(ALPHA_CUMPROD), epsilon, -Math.sqrt(1 - ALPHA_CUMPROD), denoised);
        };
    }

    @ParameterizedTest
    @EnumSource
    void theTrueOutputGivesBackCleanSampleAndNoise(Prediction prediction) {
        INDArray output = truth(prediction);

        assertClose(denoised, prediction.denoised(output, sample, ALPHA_CUMPROD));
        assertClose(epsilon, prediction.epsilon(output, sample, ALPHA_CUMPROD));
    }

    @ParameterizedTest
    @EnumSource
    void resultsAreNewArrays(Prediction prediction) {
        INDArray output = truth(prediction);
        INDArray before = output.dup();

        prediction.denoised(output, sample, ALPHA_CUMPROD).assign(0);
        prediction.epsilon(output, sample, ALPHA_CUMPROD).assign(0);

        assertEquals(before, output);
    }

    @Test
    void diffusersWordsFindTheirConstants() {
        assertEquals(Prediction.V_PREDICTION, ConfigName.of(Prediction.class, "prediction_type", "v_prediction"));

        var failure = assertThrows(
                IllegalArgumentException.class, () -> ConfigName.of(Prediction.class, "prediction_type", "x0"));

        assertEquals(
                "prediction_type: expected one of epsilon, sample, v_prediction, found 'x0'", failure.getMessage());
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.data().asFloat(), actual.data().asFloat(), 1e-5f);
    }
}
