package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.junit.jupiter.api.Test;

class DdpmMnistFastTest {
    private static final List<Integer> DIGITS = IntStream.range(0, 10).boxed().toList();
    private static final int PIXELS = 28 * 28;

    /** Distillation keeps which noise becomes which picture. */
    @Test
    void fourStepsDrawNearlyWhatTheTeacherDrawsInTwenty() {
        SampleRequest.Builder taught = SampleRequest.images(10).labels(DIGITS).seed(3);
        SampleRequest teaching = SampleRequest.images(10)
                .labels(DIGITS)
                .seed(3)
                .sampler(SchedulerKind.DDIM)
                .samplerOptions(Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true))
                .steps(20)
                .guidanceScale(1.9)
                .build();
        List<double[]> fast;
        try (DiffusionPipeline pipeline = new DdpmMnistFast().pipeline()) {
            fast = pixels(pipeline.sample(taught.build()));
        }
        List<double[]> slow;
        try (DiffusionPipeline pipeline = new DdpmMnist().pipeline()) {
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

    @Test
    void theModelSaysFourStepsAndThatGuidanceIsInIt() {
        DdpmMnistFast entry = new DdpmMnistFast();
        assertEquals(Prediction.V_PREDICTION, entry.model().scheduler().predictionType());
        assertEquals(4, entry.model().settings().sampling().steps());
        assertEquals(1, entry.model().settings().sampling().guidance());
    }

    private static List<double[]> pixels(List<GeneratedImage> images) {
        return images.stream()
                .map(image -> image.picture().getRaster().getPixels(0, 0, 28, 28, new double[PIXELS]))
                .toList();
    }

    private static double correlation(double[] one, double[] other) {
        double a = mean(one);
        double b = mean(other);
        double both = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < PIXELS; i++) {
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
