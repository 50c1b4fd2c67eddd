package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DiffusersFolderTest {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    @TempDir
    Path temporary;

    private Path folder;
    private Path unet;

    @BeforeEach
    void writeTinyModel() {
        folder = temporary.resolve("model");
        unet = folder.resolve("unet");
        DiffusersFolder.write(folder, TinyModel.model());
    }

    private static void assertSame(DiffusersModel expected, DiffusersModel found) {
        assertEquals(expected.config(), found.config());
        assertEquals(expected.scheduler(), found.scheduler());
        assertEquals(expected.settings(), found.settings());
        assertEquals(expected.weights(), found.weights());
        expected.tensors()
                .forEach((name, tensor) ->
                        assertEquals(tensor.type(), found.tensors().get(name).type(), name));
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return Set.copyOf(tree.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .toList());
        }
    }

    private String refusal() {
        String message = assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(folder))
                .getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.startsWith(folder.toString()), message);
        return message.substring(folder.toString().length()).replace('\\', '/');
    }

    private void changeWeights(UnaryOperator<Map<String, Tensor>> change) {
        Path file = unet.resolve(WEIGHTS);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            SafetensorsWriter.write(file, change.apply(reader.tensors()), reader.metadata());
        }
    }

    private static void edit(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(from), text);
        Files.writeString(file, text.replace(from, to));
    }

    @Test
    void aModelSurvives() throws IOException {
        assertEquals(
                Set.of(
                        "model_index.json",
                        "diffusion4j.json",
                        "unet/config.json",
                        "unet/" + WEIGHTS,
                        "scheduler/scheduler_config.json"),
                files(folder));
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
        assertEquals(
                """
                {
                  "_class_name": "DDPMPipeline",
                  "_diffusers_version": "0.40.0.dev0",
                  "scheduler": [
                    "diffusers",
                    "DDPMScheduler"
                  ],
                  "unet": [
                    "diffusers",
                    "UNet2DModel"
                  ]
                }
                """,
                Files.readString(folder.resolve("model_index.json")));
    }

    @Test
    void readingAndWritingChangesNoByte() throws IOException {
        edit(unet.resolve("config.json"), "\"act_fn\": \"silu\"", "\"act_fn\": \"swish\"");
        edit(unet.resolve("config.json"), "\"DownBlock2D\"", "\"UNetResDownBlock2D\"");
        edit(unet.resolve("config.json"), "0.40.0.dev0", "0.0.4");
        edit(folder.resolve("diffusion4j.json"), "\"null_class\": 10,", "\"mine\": [],\n  \"null_class\": 10,");
        changeWeights(tensors -> {
            tensors.replaceAll((name, tensor) -> {
                INDArray array = TinyModel.weights(1).get(name);
                return Tensor.of(array, name.contains("bias") ? TensorType.F16 : TensorType.BF16);
            });
            return tensors;
        });
        Path copy = temporary.resolve("deeper").resolve("copy");
        DiffusersFolder.write(copy, DiffusersFolder.read(folder));
        assertEquals(files(folder), files(copy));
        for (String file : files(folder)) {
            if (!file.endsWith("diffusion4j.json")) {
                assertEquals(-1, Files.mismatch(folder.resolve(file), copy.resolve(file)), file);
            }
        }
        assertTrue(Files.readString(copy.resolve("diffusion4j.json")).contains("\"mine\": []"));
    }

    @Test
    void newWeightsAreStoredAsFloats() {
        DiffusersModel model = DiffusersFolder.read(folder).withWeights(TinyModel.weights(2));
        DiffusersFolder.write(folder, model);
        assertSame(model, DiffusersFolder.read(folder));
    }

    @Test
    void aBareUNetSurvives() throws IOException {
        DiffusersModel bare = DiffusersFolder.read(unet);
        assertNull(bare.scheduler());
        assertEquals(ModelSettings.NONE, bare.settings());
        Path copy = temporary.resolve("bare");
        DiffusersFolder.write(copy, bare);
        assertEquals(Set.of("config.json", WEIGHTS), files(copy));
        assertSame(bare, DiffusersFolder.read(copy));
    }

    @Test
    void readsDoublesAsFloats() {
        changeWeights(tensors -> {
            tensors.replaceAll(
                    (name, tensor) -> Tensor.of(TinyModel.weights(1).get(name).castTo(DataType.DOUBLE)));
            return tensors;
        });
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
    }

    @Test
    void readsOldNamesOfAttention() {
        changeWeights(tensors -> {
            Map<String, Tensor> old = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> old.put(
                    name.replace("to_q", "query")
                            .replace("to_k", "key")
                            .replace("to_v", "value")
                            .replace("to_out.0", "proj_attn"),
                    tensor));
            assertTrue(old.containsKey("mid_block.attentions.0.proj_attn.bias"));
            return old;
        });
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));

        changeWeights(tensors -> {
            tensors.put("mid_block.attentions.0.to_q.bias", tensors.get("mid_block.attentions.0.query.bias"));
            return tensors;
        });
        assertTrue(refusal().contains("expected a parameter under one name, found it as 'mid_block.attentions.0."));
    }

    /** Splits the weights into two shards with an index. */
    private void shard() throws IOException {
        StringBuilder map = new StringBuilder();
        try (SafetensorsReader reader = SafetensorsReader.open(unet.resolve(WEIGHTS))) {
            List<Map<String, Tensor>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
            reader.tensors().forEach((name, tensor) -> {
                int shard = name.startsWith("down") ? 0 : 1;
                shards.get(shard).put(name, tensor);
                map.append(String.format(Locale.ROOT, "\n\"%s\": \"shard-%d.safetensors\",", name, shard));
            });
            for (int i = 0; i < 2; i++) {
                SafetensorsWriter.write(
                        unet.resolve(String.format(Locale.ROOT, "shard-%d.safetensors", i)),
                        shards.get(i),
                        SafetensorsWriter.PYTORCH);
            }
        }
        map.setLength(map.length() - 1);
        Files.writeString(
                unet.resolve(WEIGHTS + ".index.json"),
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {" + map + "}}");
        Files.delete(unet.resolve(WEIGHTS));
    }

    @Test
    void readsShards() throws IOException {
        shard();
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
    }

    @Test
    void shardsStayInTheFolder() throws IOException {
        shard();
        Path index = unet.resolve(WEIGHTS + ".index.json");
        String text = Files.readString(index);
        Files.copy(unet.resolve("shard-1.safetensors"), folder.resolve("shard-1.safetensors"));
        for (String shard : List.of(
                "\"../shard-1.safetensors\"",
                "\"" + folder.resolve("shard-1.safetensors").toString().replace("\\", "/") + "\"",
                "\"./shard-1.safetensors\"",
                "\"a/../shard-1.safetensors\"",
                "\"..\"",
                "\"\"",
                "\"a\\u0000.safetensors\"",
                "\"config.json\"",
                "3",
                "null")) {
            Files.writeString(index, text.replaceFirst("\"shard-1.safetensors\"", shard.replace("\\", "\\\\")));
            String message = refusal();
            assertTrue(message.startsWith("/unet/" + WEIGHTS + ".index.json, '"), message);
            assertTrue(message.contains("expected "), message);
        }
    }

    @Test
    void saysWhatIsWrongWithShards() throws IOException {
        shard();
        Path index = unet.resolve(WEIGHTS + ".index.json");
        String text = Files.readString(index);
        Files.writeString(index, text.replace("\"weight_map\"", "\"map\""));
        assertEquals("/unet/" + WEIGHTS + ".index.json, 'weight_map': expected an object, found nothing", refusal());
        Files.writeString(
                index,
                text.replace("\"conv_in.bias\": \"shard-1.safetensors\"", "\"conv_in.bias\": \"shard-0.safetensors\""));
        assertEquals(
                "/unet/shard-0.safetensors, 'conv_in.bias': expected this tensor, as " + WEIGHTS
                        + ".index.json says, found none",
                refusal());
        Files.writeString(index, text);
        Files.copy(
                unet.resolve("shard-0.safetensors"),
                unet.resolve("shard-1.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        assertTrue(refusal().startsWith("/unet/shard-1.safetensors, '"));
        Files.delete(unet.resolve("shard-1.safetensors"));
        assertEquals(
                "/unet/shard-1.safetensors: expected this shard, as " + WEIGHTS
                        + ".index.json says, found no such file",
                refusal());
    }

    @Test
    void namesTheFirstMissingTensorAndCountsTheOthers() {
        changeWeights(tensors -> {
            tensors.remove("conv_in.weight");
            return tensors;
        });
        assertEquals(
                "/unet/" + WEIGHTS + ", 'conv_in.weight': expected shape [4, 1, 3, 3], found no such tensor",
                refusal());
        changeWeights(tensors -> {
            tensors.keySet().removeIf(name -> name.startsWith("conv_in") || name.startsWith("conv_out"));
            return tensors;
        });
        assertEquals(
                "/unet/" + WEIGHTS
                        + ", 'conv_in.weight': expected shape [4, 1, 3, 3], found no such tensor (and 3 more missing)",
                refusal());
    }

    @Test
    void namesTheFirstMisshapenTensorAndCountsTheOthers() {
        changeWeights(tensors -> {
            tensors.put("conv_in.weight", Tensor.of(Nd4j.zeros(DataType.FLOAT, 4, 3, 3, 3)));
            tensors.put("conv_in.bias", Tensor.of(Nd4j.zeros(DataType.FLOAT, 5)));
            return tensors;
        });
        assertEquals(
                "/unet/" + WEIGHTS + ", 'conv_in.weight': expected shape [4, 1, 3, 3], found F32 [4, 3, 3, 3]"
                        + " (and 1 more of another shape)",
                refusal());
    }

    @Test
    void tensorsThatTheNetworkDoesNotHaveAreLeftOutWithANote() {
        changeWeights(tensors -> {
            for (String name : List.of("a", "b", "c", "d\n", "e")) {
                tensors.put(name, Tensor.of(Nd4j.createFromArray(1f)));
            }
            return tensors;
        });
        DiffusersModel read = DiffusersFolder.read(folder);
        assertSame(TinyModel.model(), read);
        assertEquals(
                List.of(WEIGHTS
                        + ": tensors that the network doesn't have are left out: 'a', 'b', 'c', 'd\\n' and 1 more"),
                read.notes());
    }

    @Test
    void wantsFloats() {
        changeWeights(tensors -> {
            tensors.put("conv_in.bias", Tensor.of(Nd4j.createFromArray(1L, 2L, 3L, 4L)));
            return tensors;
        });
        assertEquals("/unet/" + WEIGHTS + ", 'conv_in.bias': expected F64, F32, F16 or BF16, found I64", refusal());
    }

    @Test
    void saysWhatIsThereInPlaceOfWeights() throws IOException {
        Files.move(unet.resolve(WEIGHTS), unet.resolve("diffusion_pytorch_model.fp16.safetensors"));
        String expected = "/unet: expected " + WEIGHTS + " or diffusion_pytorch_model.bin, found ";
        assertEquals(
                expected + "only diffusion_pytorch_model.fp16.safetensors (the variant fp16 has to be asked for)",
                refusal());
        Files.delete(unet.resolve("diffusion_pytorch_model.fp16.safetensors"));
        assertEquals(expected + "no such file", refusal());
        Files.writeString(unet.resolve("diffusion_pytorch_model.bin"), "weights");
        assertTrue(
                refusal().startsWith("/unet/diffusion_pytorch_model.bin: expected a file of torch.save, found "),
                refusal());
    }

    @Test
    void whatHasNoFolderOfItsOwnLiesBesideTheIndex() throws IOException {
        for (Path file : List.of(unet.resolve("config.json"), unet.resolve(WEIGHTS))) {
            Files.move(file, folder.resolve(file.getFileName()));
        }
        Files.delete(unet);
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
        Path scheduler = folder.resolve("scheduler");
        Files.move(scheduler.resolve("scheduler_config.json"), folder.resolve("scheduler_config.json"));
        Files.delete(scheduler);
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
        Files.createDirectory(unet);
        assertEquals(
                "/unet/config.json: expected to read JSON, found no such file or folder: "
                        + unet.resolve("config.json"),
                refusal());
    }

    @Test
    void aModelThatReplacesAFlatOneIsTheOneThatIsRead() throws IOException {
        Files.move(unet.resolve("config.json"), folder.resolve("config.json"));
        Files.move(unet.resolve(WEIGHTS), folder.resolve("diffusion_pytorch_model.safetensors"));
        Files.delete(unet);
        DiffusersModel model = DiffusersModel.of(TinyModel.CONFIG, new DdimConfig(), TinyModel.weights(3));
        DiffusersFolder.write(folder, model);
        assertSame(model, DiffusersFolder.read(folder));
    }

    @Test
    void aVariantIsReadWhereItIsAskedFor() throws IOException {
        Map<String, INDArray> others = TinyModel.weights(5);
        SafetensorsWriter.writeArrays(unet.resolve("diffusion_pytorch_model.ema.safetensors"), others);
        assertSame(TinyModel.model(), DiffusersFolder.read(folder));
        WeightPreference ema = WeightPreference.variant("ema");
        assertSame(TinyModel.model().withWeights(others), DiffusersFolder.read(folder, ema));
        assertEquals(
                List.of("diffusion_pytorch_model.ema.safetensors"),
                DiffusersFolder.taken(folder, ema).files());
        assertTrue(assertThrows(
                        Diffusion4jException.class,
                        () -> DiffusersFolder.read(folder, WeightPreference.variant("fp16")))
                .getMessage()
                .contains("expected files of the variant fp16"));
    }

    @Test
    void refusesPipelinesOfMoreOrOtherParts() throws IOException {
        Path index = folder.resolve("model_index.json");
        String text = Files.readString(index);
        Files.writeString(index, text.replace("\"unet\"", "\"vqvae\": [\"diffusers\", \"VQModel\"], \"unet\""));
        assertEquals(
                "/model_index.json, 'vqvae': expected a pipeline of only unet and scheduler, found 'VQModel' too",
                refusal());
        Files.writeString(index, text.replace("UNet2DModel", "UNet2DConditionModel"));
        assertEquals("/model_index.json, 'unet': expected UNet2DModel, found 'UNet2DConditionModel'", refusal());
        Files.writeString(index, "{}");
        assertEquals("/model_index.json, 'unet': expected UNet2DModel, found nothing", refusal());
    }

    @Test
    void refusesFoldersThatAreNone() throws IOException {
        Files.delete(folder.resolve("model_index.json"));
        assertEquals(
                ": expected a folder with model_index.json (a pipeline) or config.json (a U-Net), found neither",
                refusal());
        assertTrue(assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(temporary.resolve("nowhere")))
                .getMessage()
                .endsWith("found no such folder"));
    }

    @Test
    void refusesSettingsThatDontFitTheModel() throws IOException {
        Path settings = folder.resolve("diffusion4j.json");
        edit(settings, "\"null_class\": 10", "\"null_class\": 11");
        assertEquals(
                "/diffusion4j.json, null_class: expected a label below 11 (num_class_embeds), found 11", refusal());
        edit(settings, "\"null_class\": 11", "\"null_class\": -1");
        assertEquals("/diffusion4j.json, null_class: expected a label from 0 on, found -1", refusal());
        Files.writeString(settings, "{\"sampling\": {\"sampler\": \"eular\"}}");
        assertTrue(refusal().matches("/diffusion4j.json, sampler: expected one of ddpm, ddim, .*, found 'eular'"));
        Files.writeString(settings, "{\"sampling\": 3}");
        assertEquals("/diffusion4j.json, sampling: expected an object, found 3", refusal());
        Files.writeString(settings, "{}");
        assertEquals(ModelSettings.NONE, DiffusersFolder.read(folder).settings());
    }

    @Test
    void aNumberInTheConfigurationAsksForNoEndlessWork() throws IOException {
        Path config = unet.resolve("config.json");
        edit(config, "\"layers_per_block\": 1", "\"layers_per_block\": 2000000000");
        assertEquals("/unet/config.json, layers_per_block: expected at most 1048576, found 2000000000", refusal());
        edit(config, "2000000000", "1000");
        assertEquals("/unet/config.json, layers_per_block: expected at most 128 with 2 levels, found 1000", refusal());
        edit(config, "1000", "100");
        assertTrue(refusal().startsWith("/unet/config.json, layers_per_block: expected fewer layers than the "));
    }

    @Test
    void hugeNumbersInTheConfigurationAreRefused() throws IOException {
        Path config = unet.resolve("config.json");
        String text = Files.readString(config);
        for (String edit : List.of(
                "\n    8\n=\n    2147483640\n",
                "\n    4,=\n    2147483640,",
                "\n    4,\n    8\n=\n    2147483640,\n    2147483640\n",
                "\"time_embedding_dim\": null=\"time_embedding_dim\": 2147483647",
                "\"num_class_embeds\": 11=\"num_class_embeds\": 2147483647",
                "\"sample_size\": 8=\"cross_attention_dim\": 2147483647",
                "\"sample_size\": 8=\"time_projection_dim\": 2147483647",
                "\"in_channels\": 1=\"in_channels\": 2147483647")) {
            String[] fromAndTo = edit.split("=", -1);
            Files.writeString(config, text);
            edit(config, fromAndTo[0], fromAndTo[1]);
            refusal();
        }
    }

    @Test
    void writingIntoAFolderReplacesAModelAndKeepsTheRest() throws IOException {
        Files.writeString(folder.resolve("README.md"), "a model card");
        shard();
        Files.writeString(unet.resolve("diffusion_pytorch_model.fp16.safetensors"), "old");
        DiffusersModel model = DiffusersModel.of(TinyModel.CONFIG, new DdimConfig(), TinyModel.weights(3));
        DiffusersFolder.write(folder, model);
        assertSame(model, DiffusersFolder.read(folder));
        assertTrue(Files.readString(folder.resolve("model_index.json")).contains("DDIMPipeline"));
        assertEquals(
                Set.of(
                        "README.md",
                        "model_index.json",
                        "unet/config.json",
                        "unet/" + WEIGHTS,
                        "unet/shard-0.safetensors",
                        "unet/shard-1.safetensors",
                        "scheduler/scheduler_config.json"),
                files(folder));
    }

    @Test
    void changesShowInWhatIsWrittenBack() {
        DiffusersModel model = DiffusersFolder.read(folder);
        DiffusersModel changed = model.withScheduler(SchedulerKind.DDIM.of(model.schedulerKeys()))
                .withConfig(model.config().toBuilder().dropout(0.25).build())
                .withSettings(new ModelSettings(List.of(), 3, ModelSettings.NONE.sampling()));
        DiffusersFolder.write(folder, changed);
        DiffusersModel read = DiffusersFolder.read(folder);
        assertSame(changed, read);
        assertEquals(SchedulerKind.DDIM, read.scheduler().kind());
    }

    @Test
    void failingLeavesEverythingAsItWas() throws IOException {
        Map<String, Long> before = sizes();
        Map<String, INDArray> weights = new LinkedHashMap<>(TinyModel.weights(1));
        weights.put("\ud800", Nd4j.createFromArray(1f)); // no file can hold that name
        DiffusersModel bad = DiffusersModel.of(TinyModel.CONFIG, new DdpmConfig(), weights);
        assertThrows(IllegalArgumentException.class, () -> DiffusersFolder.write(folder, bad));
        assertThrows(IllegalArgumentException.class, () -> DiffusersFolder.write(temporary.resolve("new"), bad));
        Path file = Files.writeString(temporary.resolve("file"), "x");
        assertThrows(Diffusion4jException.class, () -> DiffusersFolder.write(file, TinyModel.model()));
        assertThrows(
                Diffusion4jException.class, () -> DiffusersFolder.write(file.resolve("inside"), TinyModel.model()));
        assertEquals(before, sizes());
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(Set.of(folder, file), Set.copyOf(left.toList()));
        }
    }

    private Map<String, Long> sizes() throws IOException {
        Map<String, Long> sizes = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(files(folder));
        names.forEach(name -> {
            try {
                sizes.put(name, Files.size(folder.resolve(name)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return sizes;
    }
}
