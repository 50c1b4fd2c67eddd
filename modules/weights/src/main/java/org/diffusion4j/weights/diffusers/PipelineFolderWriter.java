package org.diffusion4j.weights.diffusers;

import static org.diffusion4j.Requirement.require;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.file.JsonFile;

/**
 * Writes the folder of a pipeline of the Stable Diffusion family, part by part, as diffusers' {@code save_pretrained} does: a
 * folder that {@link PipelineFolder} opens.
 */
public final class PipelineFolderWriter {
    /** Parts that diffusers' pipelines may have and this one doesn't. */
    private static final List<String> NO_PARTS = List.of("safety_checker", "feature_extractor", "image_encoder");

    private final ObjectNode index = JsonNodeFactory.instance.objectNode();
    private final Map<String, FolderContent> parts = new LinkedHashMap<>();
    private ModelSettings settings = ModelSettings.NONE;

    /**
     * Begins a pipeline without parts.
     *
     * @param className the class that Python makes of the folder, such as {@code StableDiffusionPipeline}
     */
    public PipelineFolderWriter(String className) {
        index.put("_class_name", className);
        index.put("_diffusers_version", UNetConfigJson.DIFFUSERS_VERSION);
        if (!className.contains("XL")) {
            NO_PARTS.forEach(part -> index.putArray(part).addNull().addNull());
            index.put("requires_safety_checker", false);
        }
    }

    /**
     * Adds a network.
     *
     * @param part its name, such as {@link PipelineFolder#UNET}
     * @param config its options
     * @param weights every parameter by its name; they are read when the folder is written
     * @return this
     * @throws IllegalArgumentException if a pipeline has no such part, or not of this class, or the weights aren't those of the
     *     options
     */
    public PipelineFolderWriter network(
            String part, NetworkConfig config, Map<String, ? extends WeightSource> weights) {
        ComponentWriter writer = ComponentWriter.of(config, weights);
        add(part, writer.library(), writer.className(), writer::writeTo);
        return this;
    }

    /**
     * Says that the network denoises pictures themselves, and not an autoencoder's latents. Python opens such a folder by
     * {@code from_pretrained(folder, vae=None)}, and its {@code output_type="latent"} gives the pictures.
     *
     * @return this
     * @throws IllegalArgumentException if there is an autoencoder already
     */
    public PipelineFolderWriter withoutAutoencoder() {
        require(!parts.containsKey(PipelineFolder.VAE), PipelineFolder.VAE, "no autoencoder", "one");
        index.putArray(PipelineFolder.VAE).addNull().addNull();
        return this;
    }

    /**
     * Adds a tokenizer.
     *
     * @param part its name, such as {@link PipelineFolder#TOKENIZER}
     * @param files writes its files
     * @return this
     * @throws IllegalArgumentException if it isn't the name of a tokenizer
     */
    public PipelineFolderWriter tokenizer(String part, FolderContent files) {
        add(part, "transformers", "CLIPTokenizer", files);
        return this;
    }

    /**
     * Adds the noise schedule.
     *
     * @param config its options
     * @return this
     */
    public PipelineFolderWriter scheduler(SchedulerConfig config) {
        add(
                PipelineFolder.SCHEDULER,
                "diffusers",
                config.kind().className(),
                folder -> SchedulerConfigJson.write(folder.resolve(DiffusersFolder.SCHEDULER_CONFIG), config));
        return this;
    }

    /**
     * Adds what diffusers' files can't express.
     *
     * @param settings the settings; nothing is written if there are none
     * @return this
     */
    public PipelineFolderWriter settings(ModelSettings settings) {
        this.settings = settings;
        return this;
    }

    /**
     * Says whether a pipeline with two text encoders takes zeros where there is no negative prompt.
     *
     * @param forces true if it isn't said
     * @return this
     */
    public PipelineFolderWriter forcesZeros(boolean forces) {
        if (!forces) {
            index.put(PipelineFolder.FORCE_ZEROS, false);
        }
        return this;
    }

    private void add(String part, String library, String className, FolderContent content) {
        List<String> classes = PipelineFolder.CLASSES.get(part);
        require(classes != null, "part", "one of " + String.join(", ", PipelineFolder.CLASSES.keySet()), part);
        require(
                classes.contains(className) || part.equals(PipelineFolder.SCHEDULER),
                part,
                String.join(" or ", classes),
                className);
        index.putArray(part).add(library).add(className);
        parts.put(part, content);
    }

    /**
     * Writes the folder. Everything is first written to a folder inside, then moved file by file. Other files stay, except for
     * weights and settings of a previous model. If this is interrupted at any time, the folder holds the old model, the new one
     * or none, and the next one that opens it or writes to it finishes the work.
     *
     * @param folder the folder to make or to write into, or a link to it
     * @throws IllegalArgumentException if a part is missing without which there is no pipeline; the message names it
     * @throws Diffusion4jException if something can't be written; then nothing has changed, unless it failed while the finished
     *     files were moved
     */
    public void write(Path folder) {
        FolderReplacement.write(folder, staged -> {
            for (Map.Entry<String, FolderContent> part : parts.entrySet()) {
                writePart(staged.resolve(part.getKey()), part.getValue());
            }
            if (!settings.equals(ModelSettings.NONE)) {
                JsonFile.write(staged.resolve(DiffusersFolder.SETTINGS), ModelSettingsJson.toJson(settings));
            }
            JsonFile.write(staged.resolve(DiffusersFolder.MODEL_INDEX), index);
            requireWhole(staged);
        });
    }

    private static void writePart(Path folder, FolderContent content) throws IOException {
        content.writeTo(Files.createDirectories(folder));
    }

    /** What is wrong now is what the caller left out, since what he gave was checked. */
    private static void requireWhole(Path staged) {
        try {
            PipelineFolder.open(staged);
        } catch (Diffusion4jException e) {
            throw new IllegalArgumentException(e.getMessage().replace(staged + File.separator, ""), e);
        }
    }
}
