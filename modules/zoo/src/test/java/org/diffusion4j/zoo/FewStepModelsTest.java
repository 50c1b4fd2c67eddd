package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FewStepModelsTest {
    private static final List<Integer> LABELS = IntStream.range(0, 10).boxed().toList();

    /** A model, and the one from which it learned. */
    private record Taught(PackedZooModel student, PackedZooModel teacher, double guidance) {}

    static Stream<Taught> taught() {
        return Stream.of(
                new Taught(new DdpmMnistFast(), new DdpmMnist(), 1.9),
                new Taught(new DdpmCifar10Fast(), new DdpmCifar10Small(), 2));
    }

    /** Distillation keeps which noise becomes which picture. */
    @ParameterizedTest
    @MethodSource("taught")
    void fourStepsDrawNearlyWhatTheTeacherDrawsInTwenty(Taught taught) {
        SampleRequest.Builder asked = SampleRequest.images(10).labels(LABELS).seed(3);
        SampleRequest teaching = SampleRequest.images(10)
                .labels(LABELS)
                .seed(3)
                .sampler(SchedulerKind.DDIM)
                .samplerOptions(Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true))
                .steps(20)
                .guidanceScale(taught.guidance())
                .build();
        List<double[]> fast;
        try (DiffusionPipeline pipeline = taught.student().pipeline()) {
            fast = pixels(pipeline.sample(asked.build()));
        }
        List<double[]> slow;
        try (DiffusionPipeline pipeline = taught.teacher().pipeline()) {
            slow = pixels(pipeline.sample(teaching));
        }
        double same = IntStream.range(0, 10)
                .mapToDouble(i -> correlation(fast.get(i), slow.get(i)))
                .average()
                .orElseThrow();
        double other = IntStream.range(0, 10)
                .mapToDouble(i -> correlation(fast.get(i), slow.get((i + 1) % 10)))
                .average()
                .orElseThrow();
        assertTrue(same > 0.85 && other < 0.5, same + " with the teacher's picture, " + other + " with another one");
    }

    @ParameterizedTest
    @MethodSource("taught")
    void theModelSaysFourStepsAndThatGuidanceIsInIt(Taught taught) {
        DiffusersModel model = taught.student().model();
        assertEquals(Prediction.V_PREDICTION, model.scheduler().predictionType());
        assertEquals(4, model.settings().sampling().steps());
        assertEquals(1, model.settings().sampling().guidance());
    }

    private static List<double[]> pixels(List<GeneratedImage> images) {
        return images.stream()
                .map(image -> image.picture()
                        .getRaster()
                        .getPixels(
                                0,
                                0,
                                image.picture().getWidth(),
                                image.picture().getHeight(),
                                (double[]) null))
                .toList();
    }

    private static double correlation(double[] one, double[] other) {
        double a = mean(one);
        double b = mean(other);
        double both = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < one.length; i++) {
            both += (one[i] - a) * (other[i] - b);
            first += (one[i] - a) * (one[i] - a);
            second += (other[i] - b) * (other[i] - b);
        }
        return both / Math.sqrt(first * second);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
