package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ComponentFolderTest {
    private static final String TEXT =
            """
            {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "vocab_size": 30, "hidden_size": 8,
             "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 5,
             "eos_token_id": 2, "dropout": 0.0, "torch_dtype": "float16", "transformers_version": "4.22.0.dev0"}""";
    private static final String AUTOENCODER =
            """
            {"_class_name": "AutoencoderKL", "act_fn": "SiLU", "block_out_channels": [8], "norm_num_groups": 4,
             "sample_size": [16, 16], "latents_mean": null}""";

    @TempDir
    Path folder;

    private NetworkConfig config(String json) throws IOException {
        return ComponentFolder.readConfig(Files.writeString(folder.resolve("config.json"), json));
    }

    private static Map<String, INDArray> weights(NetworkConfig config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        config.graph().initialWeights(3).forEach((name, source) -> weights.put(name, source.array()));
        return weights;
    }

    private void write(String name, Map<String, INDArray> weights) {
        SafetensorsWriter.writeArrays(folder.resolve(name), weights);
    }

    private String refusal() {
        return assertThrows(Diffusion4jException.class, () -> ComponentFolder.read(folder))
                .getMessage();
    }

    @Test
    void aTextEncodersFilesHaveTransformersNames() throws IOException {
        NetworkConfig config = config(TEXT);
        assertTrue(
                refusal().contains("expected model.safetensors or pytorch_model.bin, found no such file"), refusal());
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertTrue(refusal().contains("pytorch_model.bin: expected"), refusal());
        write("model.safetensors", weights(config));
        try (Component<ClipTextConfig> read = ComponentFolder.read(folder, ClipTextConfig.class)) {
            assertEquals(config, read.config());
            assertEquals("CLIPTextModel", read.className());
            assertEquals(List.of(), read.notes());
            assertEquals(config.parameterCount(), read.parameterCount());
        }
    }

    @Test
    void aTextEncoderInShardsIsReadAsOne() throws IOException {
        Map<String, INDArray> all = weights(config(TEXT));
        StringBuilder index = new StringBuilder("{\"weight_map\": {");
        Map<String, Map<String, INDArray>> shards = new LinkedHashMap<>();
        all.forEach((name, array) -> {
            String shard = "model-0000" + (name.contains("mlp") ? 1 : 2) + "-of-00002.safetensors";
            shards.computeIfAbsent(shard, any -> new LinkedHashMap<>()).put(name, array);
            index.append('"').append(name).append("\": \"").append(shard).append("\",");
        });
        index.setCharAt(index.length() - 1, '}');
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.append('}'));
        shards.forEach(this::write);
        try (Component<?> read = ComponentFolder.read(folder)) {
            assertEquals(all.keySet(), read.tensors().keySet());
        }
    }

    @Test
    void theNumbersOfTokensPlacesAreNoParameter() throws IOException {
        Map<String, INDArray> weights = weights(config(TEXT));
        weights.put(
                "text_model.embeddings.position_ids",
                Nd4j.createFromArray(0L, 1L, 2L, 3L, 4L).reshape(1, 5));
        write("model.safetensors", weights);
        ComponentFolder.read(folder).close();
        weights.put("text_model.embeddings.further_ids", Nd4j.createFromArray(0L));
        write("model.safetensors", weights);
        try (Component<?> read = ComponentFolder.read(folder)) {
            assertEquals(
                    List.of("model.safetensors: tensors that the network doesn't have are left out:"
                            + " 'text_model.embeddings.further_ids'"),
                    read.notes());
        }
    }

    /** As transformers 5.6 and later write them. */
    @Test
    void aTextEncodersNamesNeedNoPrefix() throws IOException {
        Map<String, INDArray> weights = weights(config(TEXT));
        Map<String, INDArray> shorter = new LinkedHashMap<>();
        weights.forEach((name, array) -> shorter.put(name.replace("text_model.", ""), array));
        write("model.safetensors", shorter);
        try (Component<?> read = ComponentFolder.read(folder)) {
            assertEquals(weights.keySet(), read.tensors().keySet());
            assertEquals(List.of(), read.notes());
        }
        shorter.put("text_model.final_layer_norm.bias", weights.get("text_model.final_layer_norm.bias"));
        write("model.safetensors", shorter);
        assertTrue(refusal().contains("expected a parameter under one name"), refusal());
    }

    @Test
    void aProjectionIsAskedForByTheClass() throws IOException {
        String projecting = TEXT.replace("CLIPTextModel", "CLIPTextModelWithProjection");
        assertEquals(
                8 * 512L, config(projecting).parameterCount() - config(TEXT).parameterCount());
    }

    @Test
    void anAutoencodersOldNamesOfAttentionAreKnown() throws IOException {
        NetworkConfig config = config(AUTOENCODER);
        Map<String, INDArray> old = new LinkedHashMap<>();
        weights(config)
                .forEach((name, array) -> old.put(
                        name.replace("to_q", "query")
                                .replace("to_k", "key")
                                .replace("to_v", "value")
                                .replace("to_out.0", "proj_attn"),
                        array));
        assertTrue(old.containsKey("decoder.mid_block.attentions.0.proj_attn.weight"));
        write("diffusion_pytorch_model.safetensors", old);
        try (Component<AutoencoderKLConfig> read = ComponentFolder.read(folder, AutoencoderKLConfig.class)) {
            assertEquals(config.parameterShapes().keySet(), read.tensors().keySet());
        }
    }

    @Test
    void anotherNetworkThanTheWantedOneIsRefused() throws IOException {
        write("diffusion_pytorch_model.safetensors", weights(config(AUTOENCODER)));
        Diffusion4jException refusal =
                assertThrows(Diffusion4jException.class, () -> ComponentFolder.read(folder, ClipTextConfig.class));
        assertTrue(refusal.getMessage().contains("found AutoencoderKL"), refusal.getMessage());
    }

    @Test
    void optionsThatNothingSupportsAreRefusedByName() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put(
                TEXT.replace("\"dropout\"", "\"hidden_act\": \"geglu\", \"dropout\""),
                "hidden_act: expected one of quick_gelu");
        wrong.put(TEXT.replace("clip_text_model", "clip"), "model_type: expected clip_text_model");
        wrong.put(TEXT.replace("\"num_attention_heads\": 2", "\"num_attention_heads\": 3"), "num_attention_heads");
        wrong.put(AUTOENCODER.replace("null", "[0, 0, 0, 0]"), "latents_std");
        wrong.put(AUTOENCODER.replace("\"norm_num_groups\": 4", "\"norm_num_groups\": 3"), "norm_num_groups");
        wrong.put(
                AUTOENCODER.replace("\"act_fn\"", "\"up_block_types\": [\"AttnUpDecoderBlock2D\"], \"act_fn\""),
                "up_block_types: expected one of UpDecoderBlock2D");
        wrong.put(
                "{\"_class_name\": \"AutoencoderTiny\", \"upsample_fn\": \"bilinear\"}",
                "upsample_fn: expected nearest");
        wrong.put(
                "{\"_class_name\": \"AutoencoderTiny\", \"encoder_block_out_channels\": [4, 8, 8, 8]}",
                "encoder_block_out_channels: expected equal widths");
        wrong.forEach((json, message) -> {
            Diffusion4jException refusal = assertThrows(Diffusion4jException.class, () -> config(json));
            assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
        });
    }

    @Test
    void aNetworkThatIsWrittenIsReadAgain() throws IOException {
        for (String json : List.of(TEXT, TEXT.replace("CLIPTextModel", "CLIPTextModelWithProjection"), AUTOENCODER)) {
            NetworkConfig config = ComponentFolder.parseConfig(json);
            Path written = folder.resolve("written" + json.length());
            ComponentFolder.write(written, config, config.graph().initialWeights(3));
            try (Component<?> read = ComponentFolder.read(written)) {
                assertEquals(config, read.config());
                assertEquals(List.of(), read.notes());
                weights(config)
                        .forEach((name, array) ->
                                assertEquals(array, read.tensors().get(name).array(), name));
            }
        }
    }

    @Test
    void aNetworkThatReplacesAnotherLeavesNoneOfItsWeights() throws IOException {
        NetworkConfig config = ComponentFolder.parseConfig(TEXT);
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{}");
        Files.writeString(folder.resolve("README.md"), "mine");
        Map<String, Tensor> halves = new LinkedHashMap<>();
        weights(config).forEach((name, array) -> halves.put(name, Tensor.of(array, TensorType.F16)));
        SafetensorsWriter.write(folder.resolve("model.fp16.safetensors"), halves, SafetensorsWriter.PYTORCH);
        Files.delete(folder.resolve("model.safetensors.index.json"));
        Files.writeString(folder.resolve("config.json"), TEXT);
        try (Component<?> half = ComponentFolder.read(folder, WeightPreference.variant("fp16"))) {
            ComponentFolder.write(folder, config, half.tensors());
        }
        try (Component<?> read = ComponentFolder.read(folder);
                Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    TensorType.F16, read.tensors().values().iterator().next().type());
            assertEquals(
                    List.of("README.md", "config.json", "model.safetensors"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void weightsOfAnotherNetworkAreNotWritten() throws IOException {
        NetworkConfig config = ComponentFolder.parseConfig(TEXT);
        Map<String, WeightSource> weights = new LinkedHashMap<>(config.graph().initialWeights(3));
        String norm = "text_model.final_layer_norm.weight";
        weights.put(norm, WeightSource.of(Nd4j.zeros(9)));
        assertEquals("weights, '" + norm + "': expected [8], found [9]", notWritten(config, weights));
        weights.remove(norm);
        assertEquals("weights, '" + norm + "': expected [8], found none", notWritten(config, weights));
        UNetConfig other = UNetConfig.builder().build();
        assertTrue(notWritten(other, Map.of()).contains("found UNetConfig"));
        assertFalse(Files.exists(folder.resolve("refused")));
    }

    private String notWritten(NetworkConfig config, Map<String, WeightSource> weights) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> ComponentFolder.write(folder.resolve("refused"), config, weights))
                .getMessage();
    }
}
