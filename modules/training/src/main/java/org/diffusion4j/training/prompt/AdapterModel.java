package org.diffusion4j.training.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.lora.LoraBranch;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.lora.LoraLayer;
import org.diffusion4j.weights.lora.LoraWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter that learned, beside a pipeline that stays as it is.
 *
 * @param parts the pipeline, with the scheduler that the adapter learned with
 * @param layers the adapter's matrices
 * @param grid what is drawn with it
 */
record AdapterModel(PipelineParts parts, List<LoraLayer> layers, PromptGrid grid) implements TrainedModel {
    /** The adapter in the form of kohya's scripts, as web interfaces read it. */
    static final String KOHYA_NAME = "kohya_lora_weights.safetensors";

    /** The adapter of a graph's branches. */
    static List<LoraLayer> layers(LoraBranches branches, double alpha, Map<String, INDArray> weights) {
        List<LoraLayer> layers = new ArrayList<>();
        branches.byLayer().forEach((layer, all) -> {
            LoraBranch branch = all.get(0);
            int dot = layer.indexOf('.');
            layers.add(new LoraLayer(
                    layer.substring(0, dot),
                    layer.substring(dot + 1),
                    Tensor.of(weights.get(branch.down(layer)).dup('c')),
                    Tensor.of(weights.get(branch.up(layer)).dup('c')),
                    alpha));
        });
        return layers;
    }

    @Override
    public void write(Path folder) {
        LoraWriter.writePeft(folder.resolve(LoraWriter.DIFFUSERS_NAME), layers);
        Path kohya = folder.resolve(KOHYA_NAME);
        if (parts.has(PipelineFolder.TEXT_ENCODER_2)) {
            LoraWriter.writeKohyaXl(
                    kohya,
                    layers,
                    parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class)
                            .parameterShapes()
                            .keySet());
        } else {
            LoraWriter.writeKohya(kohya, layers);
        }
    }

    @Override
    public ImageGrid draw(RunOptions options, BooleanSupplier stopped) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("diffusion4j-adapter");
            Path file = folder.resolve(LoraWriter.DIFFUSERS_NAME);
            LoraWriter.writePeft(file, layers);
            return draw(parts, file, grid, options, stopped);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "temporary folder: expected to make one, found %s", e), e);
        } finally {
            if (folder != null) {
                delete(folder);
            }
        }
    }

    static ImageGrid draw(
            PipelineParts parts, Path adapter, PromptGrid grid, RunOptions options, BooleanSupplier stopped) {
        PromptPipeline pipeline = PromptPipeline.open(parts, options.engine(), options.threads(), Precision.FP32)
                .with(Additions.NONE.lora(adapter, 1));
        return grid.draw(pipeline, options.sampleImages(), stopped);
    }

    private static void delete(Path folder) {
        try {
            PathUtils.delete(folder);
        } catch (IOException e) {
            // It is in a folder that the system clears.
        }
    }

    @Override
    public void close() {
        layers.forEach(layer -> {
            layer.down().array().close();
            layer.up().array().close();
        });
    }
}
