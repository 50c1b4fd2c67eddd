package org.diffusion4j.graph.vae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.diffusion4j.graph.SampleSize;
import org.junit.jupiter.api.Test;

class AutoencoderKLConfigTest {
    private static AutoencoderKLConfigBuilder large() {
        return AutoencoderKLConfig.builder()
                .blockOutChannels(List.of(128, 256, 512, 512))
                .downBlockTypes(Collections.nCopies(4, EncoderBlockType.DOWN))
                .upBlockTypes(Collections.nCopies(4, DecoderBlockType.UP))
                .layersPerBlock(2)
                .sampleSize(SampleSize.square(512));
    }

    @Test
    void publicAutoencodersHaveAsManyParametersAsInPython() {
        AutoencoderKLConfig sd = large().build(); // Stable Diffusion and Stable Diffusion XL
        assertEquals(83_653_863, sd.parameterCount());
        assertEquals(248, sd.parameterShapes().size());
        AutoencoderKLConfig flux = large().latentChannels(16)
                .useQuantConv(false)
                .usePostQuantConv(false)
                .build(); // Stable Diffusion 3 and Flux
        assertEquals(83_819_683, flux.parameterCount());
        assertEquals(244, flux.parameterShapes().size());
    }

    @Test
    void aTinyAutoencoderHasAsManyParametersAsTaesd() {
        assertEquals(2_445_063, AutoencoderTinyConfig.builder().build().parameterCount());
    }

    @Test
    void picturesThatAreSmallerThanALatentsPixelAreRefused() {
        AutoencoderKLGraph graph =
                AutoencoderKLGraph.of(large().build(), AutoencoderPart.ENCODER).size(8, 7);
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, graph::build);
        assertTrue(refusal.getMessage().contains("expected at least 8x8"), refusal.getMessage());
    }
}
