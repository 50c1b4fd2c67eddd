package org.diffusion4j.weights.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LoraWriterTest {
    private static final Map<String, long[]> UNET = UNet2DConditionConfig.builder()
            .sampleSize(SampleSize.square(8))
            .blockOutChannels(List.of(4, 8))
            .normNumGroups(2)
            .attentionHeadDim(List.of(2))
            .downBlockTypes(List.of(ConditionDownBlockType.CROSS, ConditionDownBlockType.DOWN))
            .upBlockTypes(List.of(ConditionUpBlockType.UP, ConditionUpBlockType.CROSS))
            .build()
            .parameterShapes();

    private static final Map<String, long[]> ENCODER = ClipTextConfig.builder()
            .hiddenSize(4)
            .intermediateSize(8)
            .projectionDim(4)
            .numHiddenLayers(1)
            .numAttentionHeads(2)
            .build()
            .parameterShapes();

    @TempDir
    Path folder;

    private final List<LoraLayer> layers = new ArrayList<>();

    @BeforeEach
    void makeLayers() {
        add("unet", UNET, "conv_in", 2, 2);
        add("unet", UNET, "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", 2, 2);
        add("unet", UNET, "down_blocks.0.resnets.1.conv2", 3, 1.5);
        add("unet", UNET, "up_blocks.1.attentions.0.proj_in", 2, 2);
        add("text_encoder", ENCODER, "text_model.encoder.layers.0.self_attn.v_proj", 1, 4);
    }

    private void add(String component, Map<String, long[]> shapes, String layer, int rank, double alpha) {
        long[] narrow = shapes.get(layer + ".weight").clone();
        long[] wide = narrow.clone();
        narrow[0] = rank;
        wide[1] = rank;
        for (int i = 2; i < wide.length; i++) {
            wide[i] = 1;
        }
        layers.add(new LoraLayer(component, layer, numbers(narrow), numbers(wide), alpha));
    }

    private static WeightTensor numbers(long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        INDArray row = Nd4j.arange((double) length).castTo(DataType.FLOAT);
        return Tensor.of(row.mul(0.37).addi((double) shape[0]).reshape('c', shape));
    }

    /** Each layer's matrices and alpha / rank, as they are found in the models, come back. */
    private void assertComesBack(Path file, LoraFormat format) {
        try (LoraFile read = LoraFile.open(file)) {
            assertEquals(format, read.format());
            assertEquals(layers.size(), read.modules().size());
            ScaledLora lora = new ScaledLora(read, 1);
            Map<String, Map<String, WeightDelta>> found =
                    Map.of("unet", lora.changes("unet", UNET), "text_encoder", lora.changes("text_encoder", ENCODER));
            for (LoraLayer layer : layers) {
                LowRankDelta delta = (LowRankDelta) found.get(layer.component()).get(layer.layer() + ".weight");
                assertEquals(layer.down().array(), delta.down().array());
                assertEquals(layer.up().array(), delta.up().array());
                assertEquals(layer.alpha() / layer.rank(), delta.factor(), 1e-7);
            }
        }
    }

    @Test
    void whatIsWrittenInPeftsFormComesBack() {
        Path file = folder.resolve(LoraWriter.DIFFUSERS_NAME);
        LoraWriter.writePeft(file, layers);
        assertComesBack(file, LoraFormat.PEFT);
    }

    @Test
    void whatIsWrittenInKohyasFormComesBack() {
        Path file = folder.resolve("kohya.safetensors");
        LoraWriter.writeKohya(file, layers);
        assertComesBack(file, LoraFormat.KOHYA);
        assertTrue(names(file).contains("lora_te_text_model_encoder_layers_0_self_attn_v_proj.alpha"));
        assertTrue(names(file).contains("lora_unet_down_blocks_0_resnets_1_conv2.lora_down.weight"));
    }

    @Test
    void kohyasFormOfXlHasTheOriginalBlocks() {
        Path file = folder.resolve("kohya.safetensors");
        LoraWriter.writeKohyaXl(file, layers, UNET.keySet());
        assertComesBack(file, LoraFormat.KOHYA);
        assertTrue(names(file).contains("lora_te1_text_model_encoder_layers_0_self_attn_v_proj.alpha"));
        assertTrue(names(file).contains("lora_unet_input_blocks_2_0_out_layers_3.lora_down.weight"));
        assertTrue(names(file).contains("lora_unet_output_blocks_3_1_proj_in.lora_up.weight"));
    }

    private static Set<String> names(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return reader.names();
        }
    }

    @Test
    void aLayerThatComesTwiceIsRefused() {
        layers.add(layers.get(0));
        assertThrows(
                IllegalArgumentException.class, () -> LoraWriter.writePeft(folder.resolve("a.safetensors"), layers));
    }

    /** PEFT's own folder: names within the network that it wraps, and the options in a file. */
    private Path peftFolder(String options) throws IOException {
        Path peft = Files.createDirectories(folder.resolve("peft"));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (LoraLayer layer : layers) {
            if (layer.component().equals("unet")) {
                String name = "base_model.model." + layer.layer();
                tensors.put(name + ".lora_A.weight", Tensor.of(layer.down().array()));
                tensors.put(name + ".lora_B.weight", Tensor.of(layer.up().array()));
            }
        }
        SafetensorsWriter.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        Files.writeString(peft.resolve("adapter_config.json"), options);
        return peft;
    }

    private static double factor(Path peft, String layer) {
        try (LoraFile file = LoraFile.open(peft)) {
            Map<String, WeightDelta> changes = new ScaledLora(file, 1).changes("unet", UNET);
            return ((LowRankDelta) changes.get(layer + ".weight")).factor();
        }
    }

    @Test
    void peftsFolderIsReadWithItsOptions() throws IOException {
        Path peft = peftFolder(
                """
                {"peft_type": "LORA", "r": 2, "lora_alpha": 6, "rank_pattern": {"down_blocks.0.resnets.1.conv2": 3},
                 "alpha_pattern": {"conv2": 12}, "target_modules": ["conv_in", "to_q"], "fan_in_fan_out": false}""");
        assertEquals(3, factor(peft, "conv_in"), 1e-9);
        assertEquals(4, factor(peft, "down_blocks.0.resnets.1.conv2"), 1e-9);
        assertEquals(3, factor(peft.resolve("adapter_model.safetensors"), "conv_in"), 1e-9);
        assertTrue(LoraFile.isOne(peft));
        peftFolder("{\"lora_alpha\": 6, \"use_rslora\": true}");
        assertEquals(6 / Math.sqrt(2), factor(peft, "conv_in"), 1e-9);
        peftFolder("{}");
        assertEquals(8 / 2.0, factor(peft, "conv_in"), 1e-9);
    }

    @Test
    void optionsThatAreNotSupportedAreNamed() throws IOException {
        Map<String, String> refused = Map.of(
                "{\"peft_type\": \"LOHA\"}", "adapter_config.json, 'peft_type': expected LORA, found 'LOHA'",
                "{\"use_dora\": true}", "adapter_config.json, 'use_dora': expected false",
                "{\"lora_alpha\": \"many\"}", "expected a number, found");
        for (Map.Entry<String, String> each : refused.entrySet()) {
            Path peft = peftFolder(each.getKey());
            String message = assertThrows(Diffusion4jException.class, () -> LoraFile.open(peft))
                    .getMessage();
            assertTrue(message.contains(each.getValue()), message);
        }
        Path empty = Files.createDirectories(folder.resolve("empty"));
        String message = assertThrows(Diffusion4jException.class, () -> LoraFile.open(empty))
                .getMessage();
        assertTrue(message.contains("expected an adapter's folder with one of adapter_model.safetensors"), message);
        assertFalse(LoraFile.isOne(empty));
    }
}
