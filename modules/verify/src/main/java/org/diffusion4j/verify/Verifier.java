package org.diffusion4j.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.weights.file.JsonFile;

/** Finds reference cases and verifies them. */
public final class Verifier {
    private static final String CASE = "case.json";

    private Verifier() {}

    /**
     * Finds the cases in a folder.
     *
     * @param folder a case, or a folder that contains cases at any depth
     * @return the folders with a {@code case.json}, sorted; empty if there are none
     * @throws Diffusion4jException if it isn't a folder
     */
    public static List<Path> cases(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected a folder, found %s",
                    folder,
                    Files.exists(folder) ? "a file" : "nothing"));
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(path -> path.getFileName() != null
                            && path.getFileName().toString().equals(CASE))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new Diffusion4jException(String.format(Locale.ROOT, "%s: can't be listed: %s", folder, e), e);
        }
    }

    /**
     * Whether a case is of a known kind.
     *
     * @param folder a folder with a {@code case.json}
     * @return true for op, unet2d, scheduler and scheduler-add-noise (of any {@link SchedulerKind}),
     *     training, training-condition, training-lora, lr-schedules, pipeline, noise-torch, clip-tokenizer, clip-text, autoencoder-kl, autoencoder-tiny,
     *     unet2d-condition, guided-diffusion-model, guided-diffusion-process, guided-single, parameter-counts, pictures, hub, torch-file, torch-file-hostile,
     *     single-file, single-file-key-table, lora-base and lora
     */
    public static boolean knows(Path folder) {
        ReferenceCase reference = ReferenceCase.withoutTensors(folder);
        return switch (reference.kind()) {
            case "op",
                    "unet2d",
                    "noise-torch",
                    "pictures",
                    "training",
                    "training-condition",
                    "training-lora",
                    "lr-schedules",
                    "clip-tokenizer",
                    "autoencoder-kl",
                    "autoencoder-tiny",
                    "clip-text",
                    "pipeline-sd",
                    "pipeline-run",
                    "unet2d-condition",
                    "controlnet",
                    "diffusers-folder",
                    "torch-file",
                    "torch-file-hostile",
                    "guided-diffusion-model",
                    "single-file",
                    "single-file-key-table",
                    "lora-base",
                    "lora",
                    "hub",
                    "guided-diffusion-process",
                    "guided-single",
                    "parameter-counts" -> true;
            case "pipeline" ->
                Files.exists(folder.resolve("model_index.json"))
                        && Files.exists(folder.resolve("unet/config.json"))
                        && JsonFile.read(folder.resolve("unet/config.json"))
                                .path("_class_name")
                                .asText()
                                .equals("UNet2DModel");
            case "scheduler", "scheduler-add-noise" -> {
                String name = reference.settings().path("scheduler").asText();
                yield SchedulerKind.ofClass(name).isPresent();
            }
            default -> false;
        };
    }

    /**
     * Whether a case can be verified with engines that only run a network forwards. Of a network's case that has gradients as
     * well, such engines verify the output.
     *
     * @param folder a folder with a {@code case.json} of a kind that {@link #knows} accepts
     * @return false if all of it needs gradients
     */
    public static boolean runsForwards(Path folder) {
        return !ReferenceCase.withoutTensors(folder).kind().startsWith("training");
    }

    /**
     * Verifies a case.
     *
     * @param folder a folder with a {@code case.json} of a kind that {@link #knows} accepts
     * @param engines make the engines that run networks
     * @return one comparison per tensor or group of tensors
     * @throws Diffusion4jException if something is wrong with the case
     */
    public static List<Comparison> verify(Path folder, Engines engines) {
        ReferenceCase reference = ReferenceCase.withoutTensors(folder);
        if (!reference.kind().startsWith("torch-file")) { // those compare bits
            reference = ReferenceCase.read(folder);
        }
        try {
            return verify(reference, engines);
        } catch (IllegalArgumentException e) { // an argument that the case gives to a sampler, a schedule or a network
            throw new Diffusion4jException(folder.resolve(CASE) + ": " + e.getMessage(), e);
        }
    }

    private static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        return switch (reference.kind()) {
            case "op" -> OpCase.verify(reference);
            case "unet2d" -> UNet2dCase.verify(reference, engines);
            case "scheduler" -> SchedulerCase.verify(reference);
            case "scheduler-add-noise" -> SchedulerNoiseCase.verify(reference);
            case "pipeline" -> PipelineCase.verify(reference, engines::open);
            case "training" -> TrainingCase.verify(reference, engines);
            case "training-condition" -> ConditionTrainingCase.verify(reference, engines);
            case "training-lora" -> LoraTrainingCase.verify(reference, engines);
            case "unet2d-condition" -> UNet2DConditionCase.verify(reference, engines);
            case "controlnet" -> ControlNetCase.verify(reference, engines);
            case "guided-diffusion-model" -> AdmCase.verify(reference, engines);
            case "lora-base" -> LoraBaseCase.verify(reference, engines);
            case "lora" -> LoraCase.verify(reference, engines);
            case "guided-single" -> AdmSingleCase.verify(reference, engines);
            case "guided-diffusion-process" -> AdmProcessCase.verify(reference, engines);
            case "parameter-counts" -> ParameterCountsCase.verify(reference);
            case "single-file" -> SingleFileCase.verify(reference);
            case "single-file-key-table" -> SingleFileKeyTableCase.verify(reference);
            case "lr-schedules" -> LearningRateCase.verify(reference);
            case "noise-torch" -> NoiseCase.verify(reference);
            case "clip-tokenizer" -> TokenizerCase.verify(reference);
            case "clip-text" -> ClipTextCase.verify(reference, engines);
            case "autoencoder-kl" -> AutoencoderCase.verify(reference, engines);
            case "autoencoder-tiny" -> TinyAutoencoderCase.verify(reference, engines);
            case "pipeline-sd" -> PipelineSdCase.verify(reference, engines);
            case "pipeline-run" -> PipelineRunCase.verify(reference, engines);
            case "hub" -> HubCase.verify(reference);
            case "pictures" -> PicturesCase.verify(reference, engines::open);
            case "diffusers-folder" -> DiffusersFolderCase.verify(reference);
            case "torch-file" -> TorchFileCase.verify(reference);
            case "torch-file-hostile" -> TorchHostileCase.verify(reference);
            default ->
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, 'kind': expected a kind that is known here, found '%s'",
                        reference.folder().resolve(CASE),
                        reference.kind()));
        };
    }
}
