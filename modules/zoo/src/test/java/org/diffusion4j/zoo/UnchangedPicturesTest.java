package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A seed's pictures are the same from one release to the next. The files were drawn when a model's weights last changed; on the
 * processor that drew them all bytes are equal, another's arithmetic may move a few values across a rounding's border.
 */
class UnchangedPicturesTest {
    /** Values of a picture that may be off by one. */
    private static final int ROUNDED_OTHERWISE = 12;

    @ParameterizedTest
    @CsvSource({"ddpm-mnist, DDIM", "ddpm-mnist, DDPM", "ddpm-cifar10-small, DDIM", "ddpm-cifar10-small, DDPM"})
    void aSeedDrawsWhatItAlwaysDrew(String model, SchedulerKind sampler) throws IOException {
        SampleRequest request = SampleRequest.images(4)
                .labels(List.of(0, 1, 2, 3))
                .seed(0)
                .sampler(sampler)
                .steps(10)
                .samplerOptions(
                        sampler == SchedulerKind.DDIM
                                ? Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true)
                                : Map.of())
                .build();
        BufferedImage found;
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(Zoo.find(model), EngineKind.AUTO)) {
            found = ImageGrid.of(pipeline.sample(request)).picture();
        }
        BufferedImage expected = ImageIO.read(
                UnchangedPicturesTest.class.getResource("/pictures/" + model + "-" + sampler.word() + ".png"));
        int[] before = values(expected);
        int[] now = values(found);
        assertEquals(before.length, now.length);
        int different = 0;
        for (int i = 0; i < before.length; i++) {
            assertTrue(
                    Math.abs(before[i] - now[i]) <= 1, "value " + i + ": " + before[i] + " was drawn, now " + now[i]);
            different += before[i] == now[i] ? 0 : 1;
        }
        assertTrue(different <= ROUNDED_OTHERWISE, different + " values of " + before.length + " differ");
    }

    private static int[] values(BufferedImage picture) {
        return picture.getRaster().getPixels(0, 0, picture.getWidth(), picture.getHeight(), (int[]) null);
    }
}
