package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Bfloat16PicturesTest {
    private static final int THREADS = 2;

    /** The tolerance that {@link Precision#BF16} states. */
    @Tag("slow")
    @Test
    void areNearlyThoseOfFloat32() {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
        INDArray expected = draw(Precision.FP32);
        INDArray found = draw(Precision.BF16);
        double mean = 127.5 * expected.sub(found).norm1Number().doubleValue() / expected.length();
        assertTrue(mean <= 1, String.format(Locale.ROOT, "differ by %.2f of 255 in the mean", mean));
        assertTrue(mean > 0, "the same");
    }

    private static INDArray draw(Precision precision) {
        List<Integer> digits = IntStream.range(0, 10).boxed().toList();
        SampleRequest request = SampleRequest.images(20)
                .spread(digits)
                .sampler(SchedulerKind.DDIM)
                .steps(20)
                .samplerOptions(Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true))
                .seed(1)
                .build();
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(
                new DdpmMnist().model(), graph -> EngineKind.ONEDNN.open(graph, THREADS, precision))) {
            return Nd4j.pile(pipeline.sample(request).stream()
                    .map(GeneratedImage::sample)
                    .toList());
        }
    }
}
