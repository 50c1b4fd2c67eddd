package org.diffusion4j.pipeline.part;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.DecoderBlockType;
import org.diffusion4j.graph.vae.EncoderBlockType;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Autoencoder and text encoder with initial weights: what holds whatever the weights are. */
class PartsTest {
    private static final GraphOpener OPENER = GraphOpener.of(EngineKind.AUTO, 2, Precision.FP32);

    private static final AutoencoderKLConfig CONFIG = AutoencoderKLConfig.builder()
            .downBlockTypes(List.of(EncoderBlockType.DOWN, EncoderBlockType.DOWN))
            .upBlockTypes(List.of(DecoderBlockType.UP, DecoderBlockType.UP))
            .blockOutChannels(List.of(8, 16))
            .normNumGroups(4)
            .build();

    private static Autoencoder autoencoder() {
        return new Autoencoder(CONFIG, CONFIG.graph().initialWeights(1), OPENER);
    }

    private static INDArray numbers(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).subi(0.5).muli(2);
    }

    private static float[] elements(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    @Test
    void aPictureIsTheSameToTheBitInAnyBatch() {
        INDArray latents = numbers(3, 4, 5, 7);
        INDArray images = numbers(3, 3, 11, 14);
        INDArray decoded = autoencoder().decode(latents);
        INDArray moments = autoencoder().moments(images);
        assertArrayEquals(new long[] {3, 3, 10, 14}, decoded.shape());
        assertArrayEquals(new long[] {3, 8, 5, 7}, moments.shape());
        assertArrayEquals(elements(decoded), elements(autoencoder().sliced().decode(latents)));
        assertArrayEquals(elements(moments), elements(autoencoder().sliced().moments(images)));
        INDArray last = latents.get(NDArrayIndex.interval(2, 3)).dup('c');
        assertArrayEquals(
                elements(decoded.get(NDArrayIndex.interval(2, 3))),
                elements(autoencoder().decode(last)));
    }

    @Test
    void aPictureThatFitsIntoATileIsNotCut() {
        INDArray latents = numbers(1, 4, 4, 4);
        Tiling tiling = new Tiling(8, 4, 0.25);
        assertArrayEquals(
                elements(autoencoder().decode(latents)),
                elements(autoencoder().tiled(tiling).decode(latents)));
        INDArray larger = numbers(1, 4, 4, 5);
        INDArray tiled = autoencoder().tiled(tiling).decode(larger);
        assertArrayEquals(new long[] {1, 3, 8, 10}, tiled.shape());
        assertNotEquals(
                autoencoder().decode(larger).sumNumber().doubleValue(),
                tiled.sumNumber().doubleValue());
    }

    @Test
    void tilesHaveDiffusersSizes() {
        assertEquals(new Tiling(32, 16, 0.25), Tiling.of(CONFIG));
        assertThrows(IllegalArgumentException.class, () -> new Tiling(8, 1, 0.5));
    }

    @Test
    void aTileOfOnePixelIsRefused() {
        Autoencoder tiled = autoencoder().tiled(new Tiling(8, 4, 0.25));
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> tiled.moments(numbers(1, 3, 8, 13)));
        assertTrue(refusal.getMessage().contains("expected at least 2x2"), refusal.getMessage());
    }

    @Test
    void scalingIsUndone() {
        INDArray latents = numbers(2, 4, 3, 2);
        for (LatentScale scale : List.of(
                LatentScale.of(CONFIG),
                new LatentScale(1.5305, 0.0609, List.of(), List.of()),
                new LatentScale(0.13, 0, List.of(0.1, -0.2, 0.3, 0.0), List.of(1.5, 0.7, 2.0, 1.1)))) {
            assertArrayEquals(elements(latents), elements(scale.unscaled(scale.scaled(latents))), 1e-6f);
        }
    }

    @Test
    void aDistributionWithoutSpreadGivesItsMean() {
        INDArray moments = Nd4j.concat(1, numbers(2, 4, 3, 3), Nd4j.valueArrayOf(new long[] {2, 4, 3, 3}, -1e9f));
        LatentDistribution latents = LatentDistribution.of(moments);
        assertEquals(-30, latents.logvar().maxNumber().doubleValue());
        assertArrayEquals(elements(latents.mean()), elements(latents.sample(numbers(2, 4, 3, 3))), 1e-6f);
    }

    @Test
    void aTextIsTheSameToTheBitInAnyBatch() {
        ClipTextConfig config = ClipTextConfig.builder()
                .vocabSize(50)
                .hiddenSize(16)
                .intermediateSize(32)
                .numHiddenLayers(3)
                .numAttentionHeads(2)
                .projectionDim(6)
                .eosTokenId(49)
                .textProjection(true)
                .build();
        TextEncoder encoder = new TextEncoder(config, config.graph().initialWeights(2), OPENER);
        INDArray ids = Nd4j.createFromArray(new long[][] {{1, 2, 49, 0, 0}, {7, 8, 9, 10, 49}});
        TextEncoding both = encoder.encode(ids, null, TextState.stableDiffusionXl(0));
        assertArrayEquals(new long[] {2, 5, 16}, both.hidden().shape());
        assertArrayEquals(new long[] {2, 6}, both.pooled().shape());
        INDArray second = Nd4j.createFromArray(new long[][] {{7, 8, 9, 10, 49}});
        TextEncoding one = encoder.encode(second, null, TextState.stableDiffusionXl(0));
        assertArrayEquals(elements(both.hidden().get(NDArrayIndex.interval(1, 2))), elements(one.hidden()));
        assertArrayEquals(elements(both.pooled().get(NDArrayIndex.interval(1, 2))), elements(one.pooled()));
        assertArrayEquals(elements(encoder.hiddenStates(second, null).get(2)), elements(one.hidden()));
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(ids, null, TextState.stableDiffusion(4)));
        assertThrows(
                IllegalArgumentException.class,
                () -> encoder.encode(Nd4j.createFromArray(new long[][] {{50}}), null, TextState.stableDiffusion(0)));
    }
}
