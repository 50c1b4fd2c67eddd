package org.diffusion4j.graph.cliptext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClipTextConfigTest {
    private static ClipTextConfig encoder(int width, int layers, int heads) {
        return ClipTextConfig.builder()
                .hiddenSize(width)
                .intermediateSize(4 * width)
                .projectionDim(width)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .build();
    }

    @Test
    void publicTextEncodersHaveAsManyParametersAsInPython() {
        ClipTextConfig large = encoder(768, 12, 12); // of Stable Diffusion 1
        assertEquals(123_060_480, large.parameterCount());
        assertEquals(196, large.parameterShapes().size());
        assertEquals(340_387_840, encoder(1024, 23, 16).parameterCount()); // of Stable Diffusion 2
        ClipTextConfig projecting =
                encoder(1280, 32, 20).toBuilder().textProjection(true).build(); // the second of Stable Diffusion XL
        assertEquals(694_659_840, projecting.parameterCount());
        assertEquals(517, projecting.parameterShapes().size());
    }

    @Test
    void aTextEndsWhereItsEndTokenIsFirst() {
        ClipTextConfig config = encoder(8, 1, 1).toBuilder().eosTokenId(7).build();
        assertEquals(2, config.poolPosition(0, 9, 7, 7));
        assertEquals(0, config.poolPosition(3, 9, 4));
    }

    @Test
    void withOldFilesATextEndsAtItsHighestToken() {
        ClipTextConfig config = encoder(8, 1, 1).toBuilder().eosTokenId(2).build();
        assertEquals(3, config.poolPosition(0, 2, 8, 9, 9));
    }
}
