package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;

/**
 * Reads and writes models in diffusers' layout: a pipeline's folder ({@code model_index.json}, {@code unet/},
 * {@code scheduler/}) or the folder of a single U-Net ({@code config.json} and its weights). This reads what Python's
 * {@code DDPMPipeline.save_pretrained} writes, and {@code DDPMPipeline.from_pretrained} reads what this writes.
 */
public final class DiffusersFolder {
    static final String MODEL_INDEX = "model_index.json";
    static final String UNET = "unet";
    static final String CONFIG = "config.json";
    static final String SCHEDULER = "scheduler";
    static final String SCHEDULER_CONFIG = "scheduler_config.json";
    static final String SETTINGS = "diffusion4j.json";

    private DiffusersFolder() {}

    /**
     * Reads a model.
     *
     * @param folder the folder of a pipeline or of a single U-Net
     * @return the model with its weights
     * @throws Diffusion4jException if a file is missing or wrong, or the weights don't match the configuration or aren't
     *     all finite; the message names the file and the tensor or key
     */
    public static DiffusersModel read(Path folder) {
        return read(folder, WeightPreference.USUAL);
    }

    /**
     * Reads a model of whose weights there may be several files. What a pipeline has no folder for lies beside its index, as
     * in {@code google/ddpm-cifar10-32}.
     *
     * @param folder the folder of a pipeline or of a single U-Net
     * @param preference which weights are wanted
     * @return the model with its weights
     * @throws Diffusion4jException as above, or if there are no such weights
     */
    public static DiffusersModel read(Path folder, WeightPreference preference) {
        FolderReplacement.finish(folder);
        Path index = folder.resolve(MODEL_INDEX);
        boolean pipeline = Files.exists(index);
        if (!pipeline && !Files.exists(folder.resolve(CONFIG))) {
            throw FileFault.in(
                    folder,
                    "expected a folder with " + MODEL_INDEX + " (a pipeline) or " + CONFIG + " (a U-Net), found "
                            + (Files.isDirectory(folder) ? "neither" : "no such folder"));
        }
        UnknownKeys unknown = new UnknownKeys();
        ObjectNode modelIndex = pipeline ? JsonFile.readConfig(index) : null;
        if (pipeline) {
            checkComponents(index, modelIndex, unknown);
        }
        PartFiles parts = pipeline ? parts(folder, modelIndex, preference) : null;

        Path unet = pipeline ? folder.resolve(parts.place(UNET)) : folder;
        Path unetFile = unet.resolve(CONFIG);
        ObjectNode unetJson = JsonFile.readConfig(unetFile);
        UNetConfig config = UNetConfigJson.read(unetFile, unetJson, unknown);

        Path schedulerFile = (pipeline ? folder.resolve(parts.place(SCHEDULER)) : folder).resolve(SCHEDULER_CONFIG);
        ObjectNode schedulerJson = pipeline ? JsonFile.readConfig(schedulerFile) : null;
        SchedulerConfig scheduler = pipeline ? SchedulerConfigJson.read(schedulerFile, schedulerJson, unknown) : null;

        Path settingsFile = folder.resolve(SETTINGS);
        ObjectNode settingsJson = Files.exists(settingsFile) ? JsonFile.readConfig(settingsFile) : null;
        ModelSettings settings =
                settingsJson == null ? ModelSettings.NONE : ModelSettingsJson.read(settingsFile, settingsJson, unknown);
        checkClasses(settingsFile, settings, config);

        WeightPreference preferred = pipeline ? parts.preference(UNET) : preference;
        CheckedWeights weights = CheckedWeights.read(unet, config, WeightLayout.DIFFUSERS, preferred);
        List<String> notes = new ArrayList<>(unknown.notes(folder));
        notes.addAll(weights.notes());
        FolderJson json = new FolderJson(modelIndex, unetJson, schedulerJson, settingsJson, notes);
        return new DiffusersModel(config, scheduler, weights.tensors(), settings, json);
    }

    /**
     * Which files of a model are read for its weights.
     *
     * @param folder the folder of a pipeline or of a single U-Net
     * @param preference which weights are wanted
     * @return the files
     * @throws Diffusion4jException if there are no such weights, or an index isn't as it must be
     */
    public static TakenWeights taken(Path folder, WeightPreference preference) {
        Path index = folder.resolve(MODEL_INDEX);
        if (!Files.exists(index)) {
            return TakenWeights.of(folder, WeightLayout.DIFFUSERS, preference);
        }
        PartFiles parts = parts(folder, JsonFile.readConfig(index), preference);
        return TakenWeights.of(folder.resolve(parts.place(UNET)), WeightLayout.DIFFUSERS, parts.preference(UNET));
    }

    /** Where the parts of a pipeline are, of its listed folder. */
    static PartFiles parts(Path folder, ObjectNode modelIndex, WeightPreference preference) {
        List<String> keys = new ArrayList<>();
        modelIndex.fieldNames().forEachRemaining(keys::add);
        return PartFiles.of(FolderListing.of(folder, keys), keys, preference);
    }

    /**
     * Reads the configuration of a network that has no weights yet.
     *
     * @param folder a folder with a {@code config.json}, but neither weights nor a pipeline's index
     * @return the network's options; empty if the folder isn't of this kind
     * @throws Diffusion4jException if the configuration is wrong, or its parameters don't fit into this machine's memory
     */
    public static Optional<UNetConfig> readConfig(Path folder) {
        if (!WithoutWeights.isOne(folder, WeightLayout.DIFFUSERS)) {
            return Optional.empty();
        }
        Path file = folder.resolve(CONFIG);
        UNetConfig config = UNetConfigJson.read(file);
        WithoutWeights.requireMemory(file, config);
        return Optional.of(config);
    }

    /** Refuses a pipeline with further parts, such as an encoder, since it would draw something else without them. */
    private static void checkComponents(Path index, ObjectNode modelIndex, UnknownKeys unknown) {
        for (Map.Entry<String, JsonNode> property : modelIndex.properties()) {
            String name = property.getKey();
            JsonNode component = property.getValue();
            boolean present = component.isArray()
                    && component.size() == 2
                    && component.get(1).isTextual();
            if (name.equals(UNET)) {
                if (!present || !component.get(1).textValue().equals(UNetConfigJson.CLASS_NAME)) {
                    throw FileFault.in(
                            index,
                            name,
                            "expected " + UNetConfigJson.CLASS_NAME + ", found "
                                    + JsonValues.shown(present ? component.get(1) : component));
                }
            } else if (present && !name.equals(SCHEDULER)) {
                throw FileFault.in(
                        index,
                        name,
                        "expected a pipeline of only unet and scheduler, found " + JsonValues.shown(component.get(1))
                                + " too");
            } else if (!name.equals(SCHEDULER) && !name.startsWith("_")) {
                unknown.add(index, name);
            }
        }
        if (!modelIndex.has(UNET)) {
            throw FileFault.in(index, UNET, "expected " + UNetConfigJson.CLASS_NAME + ", found nothing");
        }
    }

    private static void checkClasses(Path file, ModelSettings settings, UNetConfig config) {
        Integer classes = config.numClassEmbeds();
        if (classes != null && settings.nullClass() != null && settings.nullClass() >= classes) {
            throw new Diffusion4jException(file + ", null_class: expected a label below " + classes
                    + " (num_class_embeds), found " + settings.nullClass());
        }
        if (classes != null && settings.classNames().size() > classes) {
            throw new Diffusion4jException(
                    file + ", class_names: expected " + classes + " at most (num_class_embeds), found "
                            + settings.classNames().size());
        }
    }

    /**
     * Writes a model: a pipeline's folder, or that of a single U-Net if it has no scheduler. Everything is first written to
     * a folder inside, then moved file by file. Other files stay, except for weights and settings of a previous model. If
     * this is interrupted at any time, the folder holds the old model, the new one or none, and the next {@link #read} or
     * write finishes the work.
     *
     * @param folder the folder to make or to write into, or a link to it
     * @param model the model
     * @throws Diffusion4jException if something can't be written; then nothing has changed, unless it failed while the
     *     finished files were moved
     */
    public static void write(Path folder, DiffusersModel model) {
        FolderReplacement.write(folder, staged -> {
            Path unet = model.scheduler() == null ? staged : Files.createDirectories(staged.resolve(UNET));
            SafetensorsWriter.write(unet.resolve(WeightFiles.SINGLE), model.tensors(), SafetensorsWriter.PYTORCH);
            FolderJson json = model.json();
            JsonFile.write(
                    unet.resolve(CONFIG),
                    json.unet() == null
                            ? UNetConfigJson.toJson(model.config())
                            : UNetConfigJson.toJson(model.config(), json.unet()));
            if (!model.settings().equals(ModelSettings.NONE) || json.settings() != null) {
                JsonFile.write(
                        staged.resolve(SETTINGS),
                        json.settings() == null
                                ? ModelSettingsJson.toJson(model.settings())
                                : ModelSettingsJson.toJson(model.settings(), json.settings()));
            }
            if (model.scheduler() != null) {
                Path scheduler = Files.createDirectories(staged.resolve(SCHEDULER));
                JsonFile.write(
                        scheduler.resolve(SCHEDULER_CONFIG),
                        json.scheduler() == null
                                ? SchedulerConfigJson.toJson(model.scheduler())
                                : SchedulerConfigJson.toJson(model.scheduler(), json.scheduler()));
                JsonFile.write(staged.resolve(MODEL_INDEX), modelIndex(model));
            }
        });
    }

    /**
     * Checks whether {@link #write} will be able to write to a folder.
     *
     * @param folder the folder that will be written into; it is made if it doesn't exist
     * @throws Diffusion4jException if something can't be written
     */
    public static void tryToWrite(Path folder) {
        Path unet = Path.of(UNET);
        FolderReplacement.tryToWrite(
                folder,
                List.of(
                        Path.of(MODEL_INDEX),
                        Path.of(SETTINGS),
                        Path.of(SCHEDULER, SCHEDULER_CONFIG),
                        unet.resolve(CONFIG),
                        unet.resolve(WeightFiles.SINGLE)));
    }

    private static ObjectNode modelIndex(DiffusersModel model) {
        ObjectNode index = model.json().modelIndex() == null
                ? JsonNodeFactory.instance.objectNode()
                : model.json().modelIndex().deepCopy();
        if (index.isEmpty()) {
            index.put("_class_name", model.scheduler().kind() == SchedulerKind.DDIM ? "DDIMPipeline" : "DDPMPipeline");
            index.put("_diffusers_version", UNetConfigJson.DIFFUSERS_VERSION);
            index.putArray(UNET).add("diffusers").add(UNetConfigJson.CLASS_NAME);
        }
        index.putArray(SCHEDULER).add("diffusers").add(model.scheduler().kind().className());
        return index;
    }
}
