package org.diffusion4j.weights.singlefile;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.TokenizerPlace;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.FileTensor;

/** Finds the public model that a single file is made like, and describes it by the configurations that are packed here. */
record PublicDescription(SingleFile file) {
    private static final String FIRST = SingleFileLayout.UNET_PREFIX + "input_blocks.0.0.weight";

    /** Latents, those of what is kept, and a mask. */
    private static final int FILLING_CHANNELS = 9;

    /** The latents' side that Stable Diffusion 2 was trained on before it predicted v. */
    private static final int SMALLER_SIDE = 64;

    /** @param prediction what the denoising network predicts; null for the model's own */
    PipelineDescription describe(Prediction prediction) {
        int channels = channels();
        PublicModel model = model(channels);
        if (model.layout() == SingleFileLayout.SDXL_REFINER) {
            throw FileFault.in(
                    file.path(),
                    "expected a model that draws by itself, found XL's refiner, whose aesthetic scores aren't supported");
        }
        boolean fills = channels == FILLING_CHANNELS;
        if (fills && model.layout() == SingleFileLayout.SDXL) {
            throw FileFault.in(
                    file.path(), FIRST, "expected a model of 4 channels, as XL's inpainting isn't supported, found 9");
        }
        Map<String, Integer> changes = new LinkedHashMap<>();
        changes.put("in_channels", channels);
        if (model.layout() == SingleFileLayout.SD2 && prediction == Prediction.EPSILON) {
            changes.put("sample_size", SMALLER_SIDE);
        }
        Map<String, ComponentConfig<?>> networks = new LinkedHashMap<>(model.components());
        networks.put(PipelineFolder.UNET, model.unet(changes));
        return description(model, fills, networks);
    }

    private static PipelineDescription description(
            PublicModel model, boolean fills, Map<String, ComponentConfig<?>> networks) {
        Map<String, String> parts = new LinkedHashMap<>();
        Map<String, TokenizerPlace> tokenizers = new LinkedHashMap<>();
        networks.forEach((part, config) -> {
            parts.put(part, config.className());
            if (part.startsWith(PipelineFolder.TEXT_ENCODER)) {
                String tokenizer = part.replace(PipelineFolder.TEXT_ENCODER, PipelineFolder.TOKENIZER);
                parts.put(tokenizer, "CLIPTokenizer");
                tokenizers.put(tokenizer, new TokenizerPlace.Packed(model.padToken(part)));
            }
        });
        parts.put(
                PipelineFolder.SCHEDULER,
                PackedConfigs.scheduler(model.scheduler()).kind().className());
        return new PipelineDescription(
                fills ? "StableDiffusionInpaintPipeline" : model.className(),
                parts,
                networks,
                tokenizers,
                PackedConfigs.scheduler(model.scheduler()),
                PackedConfigs.schedulerKeys(model.scheduler()),
                ModelSettings.NONE,
                true,
                List.of());
    }

    /** Of those with the file's layout the one whose denoising network fits; the best known if none does. */
    private PublicModel model(int channels) {
        List<PublicModel> models = Arrays.stream(PublicModel.values())
                .filter(model -> model.layout() == file.layout())
                .toList();
        PublicModel fitting = null;
        for (PublicModel model : models) {
            if (fits(model.unet(Map.of("in_channels", channels)))) {
                if (model.fillsIn() == (channels == FILLING_CHANNELS)) {
                    return model;
                }
                fitting = fitting == null ? model : fitting;
            }
        }
        return fitting == null ? models.get(0) : fitting;
    }

    private boolean fits(ComponentConfig<?> config) {
        SingleFilePart part = file.layout().part(PipelineFolder.UNET).orElseThrow();
        return file.mapping(part, config).tensors().stream().allMatch(each -> {
            FileTensor found = file.tensors().get(each.original());
            return found != null && Arrays.equals(found.shape(), each.originalShape());
        });
    }

    private int channels() {
        FileTensor first = file.tensors().get(FIRST);
        if (first == null || first.shape().length != 4 || first.shape()[1] > 64) {
            throw FileFault.in(
                    file.path(),
                    FIRST,
                    "expected a convolution, found "
                            + (first == null ? "no such tensor" : first.type().describe(first.shape())));
        }
        return Math.toIntExact(first.shape()[1]);
    }
}
