package org.diffusion4j.weights.singlefile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SingleFileTest {
    private static final String FIRST = "model.diffusion_model.input_blocks.0.0.weight";

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void everyNetworkIsReadBackWithAllItsBits(SingleFileLayout layout) throws IOException {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(layout);
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, checkpoint.tensors()));
        assertEquals(layout, file.layout());
        assertEquals(checkpoint.networks().keySet(), file.components());
        for (String component : file.components()) {
            try (Component<?> network = file.network(component, checkpoint.config(folder, component), false)) {
                Map<String, Tensor> expected = checkpoint.weights(component);
                assertEquals(expected.keySet(), network.tensors().keySet());
                for (String name : expected.keySet()) {
                    Tensor found = network.tensors().get(name);
                    assertEquals(TensorType.F16, found.type(), name);
                    assertArrayEquals(expected.get(name).shape(), found.shape(), name);
                    assertArrayEquals(bytes(expected.get(name)), bytes(found), name);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SingleFileLayout.class,
            names = {"SD1", "SDXL"})
    void aTextEncodersNamesMayBeThoseOfLaterTransformers(SingleFileLayout layout) throws IOException {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(layout);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        checkpoint
                .tensors()
                .forEach((name, tensor) ->
                        tensors.put(name.replace(".transformer.text_model.", ".transformer."), tensor));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        try (Component<?> network = file.network("text_encoder", checkpoint.config(folder, "text_encoder"), false)) {
            Map<String, Tensor> expected = checkpoint.weights("text_encoder");
            assertEquals(expected.keySet(), network.tensors().keySet());
            for (String name : expected.keySet()) {
                assertArrayEquals(
                        bytes(expected.get(name)), bytes(network.tensors().get(name)), name);
            }
        }
    }

    @Test
    void aTransposedMatrixIsReadInPieces() throws IOException {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SDXL);
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, checkpoint.tensors()));
        try (Component<?> network =
                file.network("text_encoder_2", checkpoint.config(folder, "text_encoder_2"), false)) {
            // As an array and as bytes it is the same.
            Tensor stored =
                    Tensor.of(network.tensors().get("text_projection.weight").array(), TensorType.F16);
            assertArrayEquals(bytes(checkpoint.weights("text_encoder_2").get("text_projection.weight")), bytes(stored));
        }
    }

    @Test
    void averagedWeightsAreTakenOnRequestOnly() throws IOException {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SD1);
        Map<String, Tensor> tensors = checkpoint.tensors();
        Map<String, Tensor> averages = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (name.startsWith("model.")) {
                Tensor average = Tensor.of(Nd4j.valueArrayOf(tensor.shape(), 0.5, DataType.FLOAT), TensorType.F16);
                averages.put(SingleFileMapping.average(name), average);
            }
        });
        assertTrue(averages.containsKey("model_ema.diffusion_modelinput_blocks00weight"));
        tensors.putAll(averages);
        tensors.put("model_ema.decay", Tensor.of(Nd4j.scalar(0.5f)));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        assertTrue(file.hasAverage());
        try (Component<?> trained = file.network("unet", checkpoint.config(folder, "unet"), false);
                Component<?> average = file.network("unet", checkpoint.config(folder, "unet"), true)) {
            assertArrayEquals(
                    bytes(checkpoint.weights("unet").get("conv_in.bias")),
                    bytes(trained.tensors().get("conv_in.bias")));
            assertEquals(0.5, average.tensors().get("conv_in.weight").array().getDouble(3));
        }
    }

    @Test
    void averagedWeightsThatAreMissingAreNotReplacedByOthers() {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SD1);
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, checkpoint.tensors()));
        assertFalse(file.hasAverage());
        assertEquals("expected averaged weights (model_ema.…), found none", refusal(checkpoint, file, "unet", true));
    }

    @Test
    void whatIsWrongIsNamedAsInTheFile() {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SD2);
        Map<String, Tensor> tensors = checkpoint.tensors();
        String projections = "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight";
        tensors.put(projections, Tensor.of(Nd4j.zeros(DataType.FLOAT, 8, 8)));
        tensors.remove(FIRST);
        tensors.put("first_stage_model.encoder.mid.attn_2.q.bias", Tensor.of(Nd4j.zeros(DataType.FLOAT, 4)));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        assertEquals(
                "'" + projections + "': expected shape [24, 8], found F32 [8, 8]",
                refusal(checkpoint, file, "text_encoder", false));
        assertEquals(
                "'" + FIRST + "': expected shape [4, 4, 3, 3], found no such tensor",
                refusal(checkpoint, file, "unet", false));
        assertEquals(
                "'first_stage_model.encoder.mid.attn_2.q.bias': expected no such tensor, as config.json has it, found F32 [4]",
                refusal(checkpoint, file, "vae", false));
    }

    @Test
    void aNetworkThatIsMissingIsRefused() {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SD1);
        Map<String, Tensor> tensors = checkpoint.tensors();
        tensors.keySet().removeIf(name -> name.startsWith("first_stage_model."));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        assertEquals(
                "expected a checkpoint with vae, found text_encoder, unet", refusal(checkpoint, file, "vae", false));
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.SD1);
        Map<String, Tensor> tensors = checkpoint.tensors();
        tensors.put(FIRST, Tensor.of(Nd4j.valueArrayOf(new long[] {4, 4, 3, 3}, Double.NaN, DataType.FLOAT)));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        assertTrue(refusal(checkpoint, file, "unet", false).startsWith("'" + FIRST + "': expected finite numbers"));
    }

    @Test
    void anAutoencodersAttentionMayAlreadyBeLinear() {
        TinyCheckpoint checkpoint = TinyCheckpoint.of(SingleFileLayout.AUTOENCODER);
        Map<String, Tensor> tensors = checkpoint.tensors();
        String name = "decoder.mid.attn_1.q.weight";
        tensors.put(name, Tensor.of(Nd4j.ones(DataType.FLOAT, 4, 4)));
        SingleFile file = SingleFile.open(TinyCheckpoint.write(folder, tensors));
        try (Component<?> vae = file.network("vae", checkpoint.config(folder, "vae"), false)) {
            assertArrayEquals(
                    new long[] {4, 4},
                    vae.tensors()
                            .get("decoder.mid_block.attentions.0.to_q.weight")
                            .shape());
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight, an adapter (LoRA)",
                "unet.down_blocks.0.attentions.0.to_q.lora_A.weight, an adapter (LoRA)",
                "lora_te_text_model_encoder_layers_0_mlp_fc1.hada_w1_a, an adapter (LoRA)",
                "down_blocks.0.resnets.0.conv1.weight, a single network under diffusers' names",
                "input_blocks.0.0.weight, a U-Net alone",
                "control_model.input_hint_block.0.weight, a ControlNet",
                "model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight, a transformer of another family",
                "emb_params, an embedding of textual inversion",
                "text_model.final_layer_norm.weight, a text encoder without a U-Net",
                "model.diffusion_model.blocks.0.weight, a checkpoint with another network",
                "a, 1 tensor of no known kind"
            })
    void whatAnotherFileLooksLikeIsSaid(String name, String found) {
        Path file = TinyCheckpoint.write(folder, Map.of(name, Tensor.of(Nd4j.zeros(DataType.FLOAT, 2, 2))));
        String message = assertThrows(Diffusion4jException.class, () -> SingleFile.open(file))
                .getMessage();
        String start = file + ": expected a checkpoint of Stable Diffusion 1, 2 or XL, found " + found;
        assertTrue(message.startsWith(start) && message.contains("'" + name + "'"), message);
    }

    private String refusal(TinyCheckpoint checkpoint, SingleFile file, String component, boolean average) {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> file.network(component, checkpoint.config(folder, component), average))
                .getMessage();
        assertTrue(message.startsWith(file.path().toString()), message);
        return message.substring(file.path().toString().length() + 2);
    }

    private static byte[] bytes(Tensor tensor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tensor.writeTo(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }
}
