package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionMidBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.CrossAttentionNorm;
import org.diffusion4j.graph.option.EncoderHidType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfigBuilder;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.PythonJson;

/** Whatever stands in the configuration of a conditional U-Net or a ControlNet: a network is built from it, or it is refused. */
class ConditionConfigFuzzTest {
    private static final Path FILE = Path.of("config.json");
    /** One of so many configurations that are read is built, too, which takes longer. */
    private static final int BUILT = 40;

    private static final List<UNet2DConditionConfig> UNETS = unets();
    private static final ControlNetConfig CONTROLNET = ControlNetConfig.builder()
            .blockOutChannels(List.of(8, 16))
            .downBlockTypes(List.of(ConditionDownBlockType.CROSS, ConditionDownBlockType.DOWN))
            .normNumGroups(4)
            .attentionHeadDim(List.of(2))
            .crossAttentionDim(List.of(12))
            .conditioningEmbeddingOutChannels(List.of(4, 8))
            .build();

    private static List<UNet2DConditionConfig> unets() {
        UNet2DConditionConfigBuilder plain = UNet2DConditionConfig.builder()
                .blockOutChannels(List.of(8, 16))
                .downBlockTypes(List.of(ConditionDownBlockType.CROSS, ConditionDownBlockType.DOWN))
                .upBlockTypes(List.of(ConditionUpBlockType.UP, ConditionUpBlockType.CROSS))
                .normNumGroups(4)
                .attentionHeadDim(List.of(2))
                .crossAttentionDim(List.of(32));
        List<UNet2DConditionConfig> all = new ArrayList<>();
        all.add(plain.build());
        all.add(plain.additionEmbedType(AdditionEmbedType.TEXT_TIME)
                .additionTimeEmbedDim(8)
                .projectionClassEmbeddingsInputDim(58)
                .transformerLayersPerBlock(List.of(List.of(1, 2), List.of(0)))
                .reverseTransformerLayersPerBlock(List.of(List.of(1), List.of(1, 2, 1)))
                .useLinearProjection(true)
                .build());
        all.add(plain.additionEmbedType(AdditionEmbedType.TEXT)
                .additionEmbedTypeNumHeads(2)
                .encoderHidDim(10)
                .encoderHidDimType(EncoderHidType.TEXT_PROJ)
                .transformerLayersPerBlock(List.of(List.of(1)))
                .reverseTransformerLayersPerBlock(null)
                .downBlockTypes(List.of(ConditionDownBlockType.RESNET, ConditionDownBlockType.SIMPLE_CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.SIMPLE_CROSS, ConditionUpBlockType.RESNET))
                .midBlockType(ConditionMidBlockType.SIMPLE_CROSS)
                .crossAttentionNorm(CrossAttentionNorm.GROUP_NORM)
                .build());
        all.add(UNet2DConditionConfig.builder()
                .blockOutChannels(List.of(32, 32))
                .downBlockTypes(List.of(ConditionDownBlockType.K, ConditionDownBlockType.K_CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.K_CROSS, ConditionUpBlockType.K))
                .midBlockType(null)
                .normNumGroups(null)
                .attentionHeadDim(List.of(16))
                .crossAttentionDim(List.of(8))
                .timeEmbeddingType(TimeEmbeddingType.FOURIER)
                .timeEmbeddingDim(32)
                .build());
        return all;
    }

    @Property(tries = 300)
    void editedConfigsAreBuiltOrRefused(@ForAll long seed) throws IOException {
        builtOrRefused(seed);
    }

    @Property(tries = 100_000)
    @Tag("slow")
    void furtherEditedConfigsAreBuiltOrRefused(@ForAll long seed) throws IOException {
        builtOrRefused(seed);
    }

    private static void builtOrRefused(long seed) throws IOException {
        Random random = new Random(seed);
        int chosen = random.nextInt(UNETS.size() + 1);
        if (chosen < UNETS.size()) {
            builtOrRefused(ConditionFormats.UNET, UNETS.get(chosen), random);
        } else {
            builtOrRefused(ConditionFormats.CONTROLNET, CONTROLNET, random);
        }
    }

    private static <C extends Record & NetworkConfig> void builtOrRefused(
            ConfigFormat<C> format, C start, Random random) throws IOException {
        String text = ConfigFuzzTest.edited(PythonJson.print(format.toJson(start)), random);
        C config;
        try {
            config = format.read(
                    FILE,
                    JsonFile.read(FILE, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))),
                    new UnknownKeys());
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
            return;
        }
        assertEquals(config, format.read(FILE, format.toJson(config), new UnknownKeys()));
        if (random.nextInt(BUILT) == 0) {
            assertTrue(config.parameterCount() > 0);
        }
    }
}
