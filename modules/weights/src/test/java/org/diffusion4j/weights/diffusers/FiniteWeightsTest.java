package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model with weights that aren't finite is refused when it is read, by the tensor's name. */
class FiniteWeightsTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("unet").resolve(WeightFiles.SINGLE);
    }

    private String refusedWith(Map<String, INDArray> weights) {
        SafetensorsWriter.writeArrays(file(), weights);
        return assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(folder))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT", "HALF", "BFLOAT16", "DOUBLE"})
    void nanAndInfinityAreNamedInEveryType(DataType type) {
        DiffusersFolder.write(folder, TinyModel.model());
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            Map<String, INDArray> weights = new LinkedHashMap<>();
            TinyModel.weights(1).forEach((name, array) -> weights.put(name, array.castTo(type)));
            weights.get("conv_in.weight").putScalar(new int[] {2, 0, 1, 2}, value);
            assertEquals(
                    file() + ", 'conv_in.weight': expected finite numbers, found " + value
                            + " at [2, 0, 1, 2], the only such value in 36",
                    refusedWith(weights));
        }
    }

    @Test
    void aDoubleThatNoFloatHoldsIsNamed() {
        DiffusersFolder.write(folder, TinyModel.model());
        Map<String, INDArray> weights = TinyModel.weights(1);
        weights.put(
                "conv_out.bias",
                weights.get("conv_out.bias").castTo(DataType.DOUBLE).assign(1e300));
        String message = refusedWith(weights);
        assertTrue(message.contains("'conv_out.bias': expected finite numbers, found Infinity at [0]"), message);
    }

    @Test
    void theLargestFiniteNumbersAreRead() {
        Map<String, INDArray> weights = TinyModel.weights(1);
        weights.get("conv_out.bias").assign(Float.MAX_VALUE);
        weights.get("conv_in.bias").assign(-Float.MAX_VALUE);
        DiffusersFolder.write(folder, TinyModel.model().withWeights(weights));
        assertEquals(weights, DiffusersFolder.read(folder).weights());
    }
}
