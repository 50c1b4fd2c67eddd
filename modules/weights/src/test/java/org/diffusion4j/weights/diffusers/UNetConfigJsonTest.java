package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNetConfigJsonTest {
    @TempDir
    Path folder;

    private static ObjectNode json(String text) throws JsonProcessingException {
        return (ObjectNode) new JsonMapper().readTree(text);
    }

    private UNetConfig read(String text) throws IOException {
        return UNetConfigJson.read(Files.writeString(folder.resolve("config.json"), text));
    }

    @Test
    void writesWhatDiffusersWrites() throws IOException {
        Path file = folder.resolve("config.json");
        UNetConfigJson.write(file, TinyModel.CONFIG);
        assertEquals(
                """
                {
                  "_class_name": "UNet2DModel",
                  "_diffusers_version": "0.40.0.dev0",
                  "act_fn": "silu",
                  "add_attention": true,
                  "attention_head_dim": 8,
                  "attn_norm_num_groups": null,
                  "block_out_channels": [
                    4,
                    8
                  ],
                  "center_input_sample": false,
                  "class_embed_type": null,
                  "down_block_types": [
                    "DownBlock2D",
                    "AttnDownBlock2D"
                  ],
                  "downsample_padding": 1,
                  "downsample_type": "conv",
                  "dropout": 0.0,
                  "flip_sin_to_cos": true,
                  "freq_shift": 0,
                  "in_channels": 1,
                  "layers_per_block": 1,
                  "mid_block_scale_factor": 1,
                  "mid_block_type": "UNetMidBlock2D",
                  "norm_eps": 1e-05,
                  "norm_num_groups": 2,
                  "num_class_embeds": 11,
                  "num_train_timesteps": null,
                  "out_channels": 1,
                  "resnet_time_scale_shift": "default",
                  "sample_size": 8,
                  "time_embedding_dim": null,
                  "time_embedding_type": "positional",
                  "up_block_types": [
                    "AttnUpBlock2D",
                    "UpBlock2D"
                  ],
                  "upsample_type": "conv"
                }
                """,
                Files.readString(file));
        assertEquals(TinyModel.CONFIG, UNetConfigJson.read(file));
    }

    @Test
    void missingKeysHaveDiffusersDefaults() throws IOException {
        assertEquals(UNetConfig.builder().build(), read("{\"_class_name\": \"UNet2DModel\", \"unknown\": [1]}"));
        assertEquals(UNetConfig.builder().build(), read("{}"));
    }

    @Test
    void readsOldSpellings() throws IOException {
        UNetConfig config = read("{\"act_fn\": \"Swish\", \"downsample_type\": null, \"block_out_channels\": [32],"
                + " \"down_block_types\": [\"UNetResAttnDownBlock2D\"], \"up_block_types\": [\"UNetResUpBlock2D\"]}");
        assertEquals(Activation.SILU, config.actFn());
        assertEquals(DownsampleType.CONV, config.downsampleType());
        assertEquals(List.of(DownBlockType.ATTENTION), config.downBlockTypes());
        assertEquals(List.of(UpBlockType.UP), config.upBlockTypes());
    }

    @Test
    void readsNullsAndRectangles() throws IOException {
        UNetConfig config = read("{\"mid_block_type\": null, \"attention_head_dim\": null, \"sample_size\": [16, 24]}");
        assertNull(config.midBlockType());
        assertNull(config.attentionHeadDim());
        assertEquals(new SampleSize(16, 24), config.sampleSize());
    }

    @Test
    void optionsThatDiffusersLacksSurvive() throws IOException {
        UNetConfig config = UNetConfig.builder()
                .sampleSize(new SampleSize(16, 24))
                .timeEmbeddingType(TimeEmbeddingType.INTERLEAVED)
                .timeProjectionDim(64)
                .timeEmbeddingDim(96)
                .freqShift(0.5)
                .midBlockScaleFactor(Math.sqrt(2))
                .numAttentionHeads(4)
                .normType(NormType.LAYER)
                .resnetTimeScaleShift(TimeInjection.FILM)
                .downsampleType(DownsampleType.MAX_POOL)
                .upsampleType(UpsampleType.BILINEAR)
                .actFn(Activation.GELU_TANH)
                .crossAttentionDim(32)
                .resnetResidual(false)
                .skipConnections(false)
                .convOutKernel(1)
                .dropout(0.1)
                .build();
        Path file = folder.resolve("config.json");
        UNetConfigJson.write(file, config);
        assertEquals(config, UNetConfigJson.read(file));
    }

    @Test
    void keepsWhatAFileCameWith() throws IOException {
        ObjectNode source = json("{\"_class_name\": \"UNet2DModel\", \"_name_or_path\": \"x\", \"new_key\": {\"a\": 1},"
                + " \"act_fn\": \"swish\", \"block_out_channels\": [32], \"norm_type\": \"layer\","
                + " \"down_block_types\": [\"UNetResDownBlock2D\"], \"up_block_types\": [\"UpBlock2D\"]}");
        UNetConfig config = UNetConfigJson.read(Path.of("config.json"), source);
        assertEquals(source, UNetConfigJson.toJson(config, source));

        ObjectNode changed = UNetConfigJson.toJson(
                config.toBuilder().normType(NormType.GROUP).dropout(0.5).build(), source);
        ObjectNode expected = source.deepCopy();
        expected.remove("norm_type");
        expected.put("dropout", 0.5);
        assertEquals(expected, changed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'_class_name': 'UNet2DConditionModel'} | _class_name: expected UNet2DModel, found 'UNet2DConditionModel'",
                "{'_class_name': 3} | _class_name: expected UNet2DModel, found 3",
                "{'in_channels': 3.0} | in_channels: expected a whole number, found 3.0",
                "{'in_channels': '3'} | in_channels: expected a whole number, found '3'",
                "{'in_channels': null} | in_channels: expected a whole number, found null",
                "{'in_channels': 3000000000} | in_channels: expected a whole number, found 3000000000",
                "{'in_channels': 0} | in_channels: expected at least 1, found 0",
                "{'add_attention': 1} | add_attention: expected true or false, found 1",
                "{'dropout': true} | dropout: expected a number, found true",
                "{'dropout': NaN} | dropout: expected a share in [0, 1), found NaN",
                "{'act_fn': {}} | act_fn: expected a text, found an object",
                "{'block_out_channels': 32} | block_out_channels: expected a list, found 32",
                "{'block_out_channels': [32, '64']} | block_out_channels: expected a whole number, found '64'",
                "{'sample_size': [1, 2, 3]} | sample_size: expected a whole number or [height, width], found a list of 3",
                "{'sample_size': 0} | sample_size: expected at least 1, found 0x0",
                "{'down_block_types': ['Down']} | down_block_types: expected one of DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D, SkipDownBlock2D, AttnSkipDownBlock2D, found 'Down'",
            })
    void saysWhichKeyIsWrong(String text, String expected) {
        Path file = folder.resolve("config.json");
        assertEquals(
                file + ", " + expected,
                assertThrows(Diffusion4jException.class, () -> read(text.replace('\'', '"')))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "3", "{", "{} {}", "{\"a\": 1, \"a\": 2}", "nonsense"})
    void refusesWhatIsNoObject(String text) {
        assertThrows(Diffusion4jException.class, () -> read(text));
    }
}
