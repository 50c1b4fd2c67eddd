package org.diffusion4j.training.evaluate.inception;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against a network of the same layers in PyTorch 2.13, with weights that a formula gives. */
class InceptionV3Test {
    private static final int IMAGES = 2;
    private static final int HEIGHT = 20;
    private static final int WIDTH = 33;

    private static INDArray pictures() {
        float[] values = new float[IMAGES * 3 * HEIGHT * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7919 + i / 97 * 31) % 256;
        }
        return Nd4j.createFromArray(values).reshape(IMAGES, 3, HEIGHT, WIDTH);
    }

    /** Any tensor that is asked for, of a sine of the position. */
    private static INDArray formula(String name, long... shape) {
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        int hash = IntStream.range(0, name.length())
                        .map(i -> name.charAt(i) * (i + 1))
                        .sum()
                % 1000;
        double fan = Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            double sine = Math.sin(i * 1.7 + hash);
            double value = 0.1 * sine;
            if (name.endsWith("conv.weight")) {
                value = sine * Math.sqrt(6 / fan);
            } else if (name.endsWith("bn.weight")) {
                value = 1 + 0.1 * sine;
            } else if (name.endsWith("running_var")) {
                value = 1 + 0.3 * sine;
            }
            values[i] = (float) value;
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    @Test
    void featuresAreThoseOfPyTorch() {
        try (InceptionV3 network = InceptionV3.of(InceptionV3Test::formula, 2)) {
            double[][] features = network.features(pictures());
            assertEquals(InceptionV3.FEATURES, features[0].length);
            double[] first = {0, 0, 0, 0.68061942, 1.20225966, 0.86885047, 0.50255734, 0};
            assertArrayEquals(first, Arrays.copyOf(features[0], 8), 2e-5);
            int[] places = {0, 319, 320, 1087, 1088, 1855, 1856, 2047};
            double[] second = {0, 0.31099892, 0.17096800, 0.21143180, 0, 0.08614653, 0.11629980, 0};
            assertArrayEquals(
                    second,
                    Arrays.stream(places).mapToDouble(i -> features[1][i]).toArray(),
                    2e-5);
            assertEquals(
                    0.11533667,
                    Arrays.stream(features)
                            .flatMapToDouble(Arrays::stream)
                            .average()
                            .orElseThrow(),
                    1e-5);
        }
    }

    @Test
    void anotherNetworksFileIsRefusedByTheFirstWeightThatIsNotThere() {
        Path file = Path.of("src/test/resources/linear.pth");
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> InceptionV3.open(file, 1));
        assertTrue(
                e.getMessage().contains("expected InceptionV3's weights [32], found no such tensor"), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void resizesAsTensorFlowDid() {
        float[] planes = pictures().data().asFloat();
        float[] resized = TensorFlowResize.square(planes, IMAGES * 3, HEIGHT, WIDTH, 299);
        IntFunction<float[]> first = i -> Arrays.copyOfRange(resized, i, i + 5);
        assertArrayEquals(new float[] {0, 26.377926f, 52.75585f, 79.13378f, 105.5117f}, first.apply(0), 1e-4f);
        assertArrayEquals(new float[] {241, 241, 241, 241, 241}, first.apply(resized.length - 5), 1e-4f);
        assertEquals(77.959885f, resized[(4 * 299 + 150) * 299 + 150], 1e-4f);
    }
}
