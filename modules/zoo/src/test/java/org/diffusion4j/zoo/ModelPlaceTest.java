package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.hub.FolderHub;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubException;
import org.diffusion4j.hub.HubSettings;
import org.diffusion4j.hub.Patience;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

class ModelPlaceTest {
    private static final Path GOLDENS = Path.of("../verify/src/test/resources/goldens");
    private static final Path DIGITS = Path.of("../../models/ddpm-mnist");
    private static final Path PROMPTS = GOLDENS.resolve("pipeline-sd-tiny");

    @TempDir
    private Path temp;

    private HubClient client(FolderHub hub) {
        return HubClient.of(new HubSettings(
                temp.resolve("cache"),
                hub.endpoint(),
                Optional.empty(),
                false,
                true,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Patience.USUAL));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }

    private Path fetched(String repository, Path files, String name) {
        try (FolderHub hub = new FolderHub(repository, files)) {
            return ModelPlace.of(name, () -> client(hub)).path().orElseThrow();
        }
    }

    @Test
    void aModelOnTheHubIsFetchedAndReadLikeAFolder() {
        try (FolderHub hub = new FolderHub("someone/digits", DIGITS)) {
            Path folder =
                    ModelPlace.of("hf:someone/digits", () -> client(hub)).path().orElseThrow();
            assertEquals(
                    DiffusersFolder.read(DIGITS).parameterCount(),
                    DiffusersFolder.read(folder).parameterCount());
            List<String> once = hub.fetched();
            assertEquals(
                    Set.of(
                            "model_index.json",
                            "diffusion4j.json",
                            "scheduler/scheduler_config.json",
                            "unet/config.json",
                            "unet/diffusion_pytorch_model.safetensors"),
                    Set.copyOf(once));
            ModelPlace.of("hf:someone/digits@" + FolderHub.COMMIT, () -> client(hub));
            assertEquals(once, hub.fetched(), "nothing is fetched twice");
        }
    }

    @Test
    void ofAPipelineOnlyTheFilesThatAreReadAreFetched() throws IOException {
        Path files = temp.resolve("files");
        copy(PROMPTS, files);
        for (String unused : List.of(
                "unet/diffusion_pytorch_model.bin",
                "unet/diffusion_pytorch_model.non_ema.safetensors",
                "vae/diffusion_pytorch_model.fp16.safetensors",
                "text_encoder/pytorch_model.bin",
                "safety_checker/model.safetensors",
                "model.ckpt",
                "README.md")) {
            Files.createDirectories(files.resolve(unused).getParent());
            Files.writeString(files.resolve(unused), unused);
        }
        Path folder = fetched("someone/prompts", files, "hf:someone/prompts");
        PipelineFolder.open(folder);
        try (Stream<Path> paths = Files.walk(folder)) {
            TreeSet<String> weights = new TreeSet<>();
            paths.map(path -> folder.relativize(path).toString().replace('\\', '/'))
                    .filter(path -> path.matches(".*\\.(bin|safetensors|ckpt|md)"))
                    .forEach(weights::add);
            assertEquals(
                    List.of(
                            "text_encoder/model.safetensors",
                            "unet/diffusion_pytorch_model.safetensors",
                            "vae/diffusion_pytorch_model.safetensors"),
                    List.copyOf(weights));
        }
    }

    /** Flat folders, shards and variants: what is fetched is what would be read of the whole folder. */
    @ParameterizedTest
    @CsvSource({
        "flat-ddpm-both, , 1",
        "flat-root-and-folder, , 1",
        "flat-sharded-and-whole, , 3",
        "flat-sharded-variant-legacy, fp16, 3",
        "flat-fp16-bin-only-variant, fp16, 1",
        "flat-fp16-only, fp16, 1"
    })
    void whatIsFetchedIsWhatIsRead(String name, String variant, int files) {
        Path repository = GOLDENS.resolve(name).resolve("repo");
        try (FolderHub hub = new FolderHub("someone/flat", repository)) {
            String suffix = variant == null ? "" : "#" + variant;
            Path folder = ModelPlace.of("hf:someone/flat" + suffix, () -> client(hub))
                    .path()
                    .orElseThrow();
            assertEquals(
                    files,
                    hub.fetched().stream()
                            .filter(file -> file.contains("diffusion_pytorch_model"))
                            .count(),
                    hub.fetched().toString());
            WeightPreference preference = WeightPreference.variant(variant);
            assertEquals(
                    DiffusersFolder.read(repository, preference).weights(),
                    DiffusersFolder.read(folder, preference).weights());
        }
    }

    @Test
    void aModelOfAnUnknownKindIsRefusedBeforeItsWeightsAreFetched() throws IOException {
        Path files = Files.createDirectories(temp.resolve("files"));
        Files.createDirectories(files.resolve("transformer"));
        Files.writeString(
                files.resolve("model_index.json"),
                "{\"_class_name\":\"FluxPipeline\",\"transformer\":[\"diffusers\",\"FluxTransformer2DModel\"]}");
        Files.writeString(files.resolve("transformer/config.json"), "{}");
        Files.writeString(files.resolve("transformer/diffusion_pytorch_model.safetensors"), "large");
        try (FolderHub hub = new FolderHub("a/flux", files)) {
            Diffusion4jException fault =
                    assertThrows(Diffusion4jException.class, () -> ModelPlace.of("hf:a/flux", () -> client(hub)));
            assertEquals(
                    "hf:a/flux, model_index.json, 'unet': expected UNet2DModel or UNet2DConditionModel, found nothing in"
                            + " FluxPipeline",
                    fault.getMessage());
            assertFalse(hub.fetched().stream().anyMatch(file -> file.endsWith(".safetensors")));
        }
    }

    @Test
    void aRepositoryOfOneFileIsThatFile() throws IOException {
        Path files = Files.createDirectories(temp.resolve("files"));
        Files.writeString(files.resolve("model.safetensors"), "weights");
        Path file = fetched("a/single", files, "hf:a/single");
        assertEquals("weights", Files.readString(file));
        Files.writeString(files.resolve("other.ckpt"), "weights");
        assertThrows(Diffusion4jException.class, () -> fetched("a/two", files, "hf:a/two"));
    }

    @Test
    void namesOfTheZooAndFoldersNeedNoHub() {
        assertEquals(
                Optional.empty(),
                ModelPlace.of("ddpm-mnist", HubClient::ofEnvironment).path());
        assertEquals(
                Optional.of(temp),
                ModelPlace.of(temp.toString(), HubClient::ofEnvironment).path());
        assertEquals(
                Optional.empty(),
                ModelPlace.of("nothing", HubClient::ofEnvironment).path());
    }

    @Test
    void anEntrysWeightsAreFetchedIntoItsGraph() throws IOException {
        DiffusersModel digits = DiffusersFolder.read(DIGITS);
        try (FolderHub hub = new FolderHub("someone/digits", DIGITS)) {
            HubUNetModel entry = new Digits().hub(client(hub));
            ComputationGraph graph = (ComputationGraph) entry.initPretrained();
            assertEquals(digits.parameterCount(), graph.numParams());
            assertEquals(
                    digits.weights().get("conv_out.bias"),
                    graph.getParam("conv_out_b").reshape(1).castTo(DataType.FLOAT));
            assertEquals("https://huggingface.co/someone/digits/tree/main", entry.pretrainedUrl(null));
        }
    }

    /** An entry whose files are those of the packed model of digits. */
    private static final class Digits extends HubUNetModel {
        private Digits() {
            super(
                    "digits",
                    "digits",
                    new HubRepository("someone/digits", "mit"),
                    "ddpm-cifar10-32",
                    new Builder<Digits>(options -> new Digits()));
        }

        @Override
        protected UNetConfig trainedConfig() {
            return DiffusersFolder.read(DIGITS).config();
        }
    }

    @Test
    void aFileThatIsNotTheOneOfThatTimeIsRefused() throws IOException {
        Path files = temp.resolve("files");
        copy(PROMPTS, files);
        HubRepository pinned = new HubRepository(
                "someone/prompts",
                "mit",
                FolderHub.COMMIT,
                Map.of("vae/diffusion_pytorch_model.safetensors", "0".repeat(64)));
        try (FolderHub hub = new FolderHub("someone/prompts", files)) {
            Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> pinned.fetch(client(hub)));
            assertTrue(fault.getMessage().contains("expected SHA-256 0000"), fault.getMessage());
            assertEquals(
                    HubException.Reason.NO_SUCH_REPOSITORY,
                    assertThrows(HubException.class, () -> ModelPlace.of("tiny-sd", () -> client(hub)))
                            .reason());
        }
    }
}
