package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;

/**
 * The folder of a pipeline of the Stable Diffusion family in diffusers' layout: {@code model_index.json} and a folder for each
 * of its parts. Opening it reads what the index says and which classes the parts are of; a part is read when it is asked for,
 * and weights stay in their files. Those of class-to-image models are read by {@link DiffusersFolder}.
 */
public final class PipelineFolder implements PipelineParts {
    /** The denoising network. */
    public static final String UNET = "unet";
    /**
     * The autoencoder, whose latents the network denoises. An index that has null or {@code [null, null]} in its place, as
     * diffusers writes it, is of a model that denoises the pictures themselves.
     */
    public static final String VAE = "vae";
    /** The first text encoder. */
    public static final String TEXT_ENCODER = "text_encoder";
    /** SDXL's second text encoder. */
    public static final String TEXT_ENCODER_2 = "text_encoder_2";
    /** The first text encoder's tokenizer. */
    public static final String TOKENIZER = "tokenizer";
    /** The second text encoder's tokenizer. */
    public static final String TOKENIZER_2 = "tokenizer_2";
    /** The noise schedule. */
    public static final String SCHEDULER = "scheduler";
    /** The first ControlNet; those after it have the folders {@code controlnet_1}, {@code controlnet_2} and so on. */
    public static final String CONTROLNET = "controlnet";

    private static final String SEVERAL = "MultiControlNetModel";

    /** The classes that each part may be of; none stands for all kinds of scheduler, which say so themselves. */
    static final Map<String, List<String>> CLASSES = new LinkedHashMap<>();

    static {
        CLASSES.put(UNET, List.of("UNet2DConditionModel"));
        CLASSES.put(VAE, List.of("AutoencoderKL"));
        CLASSES.put(TEXT_ENCODER, List.of("CLIPTextModel", "CLIPTextModelWithProjection"));
        CLASSES.put(TEXT_ENCODER_2, List.of("CLIPTextModelWithProjection"));
        CLASSES.put(TOKENIZER, List.of("CLIPTokenizer", "CLIPTokenizerFast"));
        CLASSES.put(TOKENIZER_2, List.of("CLIPTokenizer", "CLIPTokenizerFast"));
        CLASSES.put(SCHEDULER, List.of());
        CLASSES.put(CONTROLNET, List.of("ControlNetModel", SEVERAL));
    }

    /** Parts that look at finished pictures or at pictures in place of a prompt. They are left out, with a note. */
    private static final Set<String> LEFT_OUT = Set.of("safety_checker", "feature_extractor", "image_encoder");

    private static final List<String> NEEDED = List.of(UNET, VAE, SCHEDULER);

    /** Whether SDXL takes zeros where there is no negative prompt. */
    static final String FORCE_ZEROS = "force_zeros_for_empty_prompt";
    /** Whether SDXL's refiner takes a picture's aesthetic score in place of its size. */
    private static final String AESTHETICS = "requires_aesthetics_score";

    private static final Set<String> FLAGS =
            Set.of(FORCE_ZEROS, AESTHETICS, "requires_safety_checker", "add_watermarker");

    private static final Set<String> PIPELINES = new TreeSet<>(List.of(
            "StableDiffusionPipeline",
            "StableDiffusionImg2ImgPipeline",
            "StableDiffusionInpaintPipeline",
            "StableDiffusionControlNetPipeline",
            "StableDiffusionXLPipeline",
            "StableDiffusionXLImg2ImgPipeline",
            "LatentConsistencyModelPipeline",
            "LatentConsistencyModelImg2ImgPipeline"));

    private final Path folder;
    private final ObjectNode index;
    private final PartFiles files;
    private final Map<String, String> parts = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    private PipelineFolder(Path folder, ObjectNode index, PartFiles files) {
        this.folder = folder;
        this.index = index;
        this.files = files;
    }

    /**
     * Whether a folder is a pipeline of this family, rather than one that draws by classes or that isn't known at all.
     *
     * @param folder any folder
     * @return whether it has an index whose U-Net is a {@code UNet2DConditionModel}
     */
    public static boolean isOne(Path folder) {
        Path file = folder.resolve(DiffusersFolder.MODEL_INDEX);
        return Files.exists(file)
                && CLASSES.get(UNET)
                        .contains(JsonFile.readConfig(file).path(UNET).path(1).asText());
    }

    /**
     * Opens a pipeline.
     *
     * @param folder a folder with {@code model_index.json}
     * @return the pipeline's parts
     * @throws Diffusion4jException if a part is missing, unknown or of another class than the index or the pipeline wants; the
     *     message names it
     */
    public static PipelineFolder open(Path folder) {
        return open(folder, WeightPreference.USUAL);
    }

    /**
     * Opens a pipeline of whose weights there may be several files. What it has no folder for lies beside its index.
     *
     * @param folder a folder with {@code model_index.json}
     * @param preference which weights are wanted; a variant is that of each part that has some file of it
     * @return the pipeline's parts
     * @throws Diffusion4jException as above, or if no part has the variant
     */
    public static PipelineFolder open(Path folder, WeightPreference preference) {
        FolderReplacement.finish(folder);
        Path file = folder.resolve(DiffusersFolder.MODEL_INDEX);
        if (!Files.exists(file)) {
            throw FileFault.in(folder, "expected a folder with " + DiffusersFolder.MODEL_INDEX + ", found none in it");
        }
        ObjectNode index = JsonFile.readConfig(file);
        PipelineFolder pipeline = new PipelineFolder(folder, index, DiffusersFolder.parts(folder, index, preference));
        pipeline.readIndex(file);
        pipeline.parts.forEach(pipeline::checkPart);
        return pipeline;
    }

    private void readIndex(Path file) {
        String name = index.path("_class_name").asText();
        if (!PIPELINES.contains(name)) {
            throw FileFault.in(
                    file, "_class_name", "expected one of " + String.join(", ", PIPELINES) + ", found " + shown(name));
        }
        UnknownKeys unknown = new UnknownKeys();
        index.properties().forEach(entry -> {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            if (CLASSES.containsKey(key)) {
                addPart(file, key, value);
            } else if (isPart(value) && LEFT_OUT.contains(key)) {
                notes.add(file.getFileName() + ": " + key + " is left out");
            } else if (isPart(value)) {
                throw FileFault.in(
                        file,
                        key,
                        "expected a pipeline without such a part, found "
                                + shown(value.get(1).textValue()));
            } else if (!FLAGS.contains(key) && !LEFT_OUT.contains(key) && !key.startsWith("_")) {
                unknown.add(file, key);
            }
        });
        for (String part : NEEDED) {
            boolean leftOut = part.equals(VAE) && index.has(VAE);
            if (!parts.containsKey(part) && !leftOut) {
                throw FileFault.in(file, part, "expected " + expected(part) + ", found nothing");
            }
        }
        for (String encoder : List.of(TEXT_ENCODER, TEXT_ENCODER_2)) {
            String tokenizer = encoder.replace(TEXT_ENCODER, TOKENIZER);
            if (has(encoder) != has(tokenizer)) {
                String missing = has(encoder) ? tokenizer : encoder;
                throw FileFault.in(file, missing, "expected " + expected(missing) + ", found nothing");
            }
        }
        if (flag(AESTHETICS, false)) {
            throw FileFault.in(file, AESTHETICS, "expected false, as no aesthetic scores are supported, found true");
        }
        notes.addAll(unknown.notes(folder));
    }

    private static boolean isPart(JsonNode value) {
        return value.isArray() && value.size() == 2 && value.get(1).isTextual();
    }

    private void addPart(Path file, String key, JsonNode value) {
        if (isPart(value)) {
            String found = value.get(1).textValue();
            if (!CLASSES.get(key).isEmpty() && !CLASSES.get(key).contains(found)) {
                throw FileFault.in(file, key, "expected " + expected(key) + ", found " + shown(found));
            }
            parts.put(key, found);
        } else if (!value.isNull() && !(value.isArray() && value.path(1).isNull())) {
            throw FileFault.in(file, key, "expected " + expected(key) + ", found " + JsonValues.shown(value));
        }
    }

    private static String expected(String part) {
        List<String> classes = CLASSES.get(part);
        return classes.isEmpty() ? "a scheduler" : String.join(" or ", classes);
    }

    private static String shown(String name) {
        return name.isEmpty() ? "nothing" : FileFault.quote(name);
    }

    /** Checks that a part is there, and of the class that the index names. */
    private void checkPart(String part, String className) {
        if (part.equals(SCHEDULER)) {
            requireFile(part, schedulerFile());
        } else if (part.startsWith(TOKENIZER)) {
            if (!hasFolder(part) && !Files.exists(folder.resolve("tokenizer.json"))) {
                requireFile(part, folder.resolve("vocab.json"));
            }
        } else if (className.equals(SEVERAL)) {
            controlNets()
                    .forEach(each -> checkNetwork(each, CLASSES.get(CONTROLNET).get(0)));
        } else {
            checkNetwork(part, className);
        }
    }

    private void checkNetwork(String part, String className) {
        Path file = folder(part).resolve(DiffusersFolder.CONFIG);
        requireFile(part, file);
        String found = ComponentFolder.className(JsonFile.readConfig(file));
        if (!className.equals(found)) {
            throw FileFault.in(
                    file,
                    "_class_name",
                    "expected " + className + ", as " + DiffusersFolder.MODEL_INDEX + " says, found "
                            + shown(found == null ? "" : found));
        }
    }

    private void requireFile(String part, Path file) {
        if (!Files.exists(file)) {
            Path name = file.getFileName();
            throw FileFault.in(
                    folder.resolve(DiffusersFolder.MODEL_INDEX),
                    part,
                    "expected it in " + Path.of(part).resolve(name) + (hasFolder(part) ? "" : " or beside the index")
                            + ", found no such file");
        }
    }

    private boolean hasFolder(String part) {
        return !files.place(part).isEmpty();
    }

    @Override
    public Path place() {
        return folder;
    }

    @Override
    public Path configFile(String part) {
        return folder(part).resolve(part.equals(SCHEDULER) ? DiffusersFolder.SCHEDULER_CONFIG : DiffusersFolder.CONFIG);
    }

    @Override
    public TokenizerPlace tokenizer(String part) {
        return new TokenizerPlace.InFolder(folder(part));
    }

    /**
     * The pipeline's own folder.
     *
     * @return the folder with the index
     */
    public Path folder() {
        return folder;
    }

    @Override
    public String className() {
        return index.path("_class_name").asText();
    }

    @Override
    public Map<String, String> parts() {
        return new LinkedHashMap<>(parts);
    }

    @Override
    public boolean has(String part) {
        return parts.containsKey(part);
    }

    /**
     * The folder that a part is in.
     *
     * @param part its name
     * @return its own folder, or the pipeline's where it has none
     */
    public Path folder(String part) {
        return folder.resolve(files.place(part));
    }

    /**
     * Which files are read for the weights of a part that is a network.
     *
     * @param part its name
     * @return the files
     * @throws Diffusion4jException if there are no such weights, or an index isn't as it must be
     */
    public TakenWeights taken(String part) {
        return ComponentFolder.taken(folder(part), files.preference(part));
    }

    /** {@inheritDoc} They are in folders of these names. */
    @Override
    public List<String> controlNets() {
        if (!has(CONTROLNET)) {
            return List.of();
        }
        List<String> names = new ArrayList<>(List.of(CONTROLNET));
        if (parts.get(CONTROLNET).equals(SEVERAL)) {
            while (Files.isDirectory(folder.resolve(CONTROLNET + "_" + names.size()))) {
                names.add(CONTROLNET + "_" + names.size());
            }
        }
        return names;
    }

    @Override
    public <C extends NetworkConfig> Component<C> network(String part, Class<C> type) {
        return ComponentFolder.read(folder(part), type, files.preference(part));
    }

    @Override
    public <C extends NetworkConfig> C config(String part, Class<C> type) {
        Path file = folder(part).resolve(DiffusersFolder.CONFIG);
        NetworkConfig config = ComponentFolder.readConfig(file);
        if (!type.isInstance(config)) {
            throw FileFault.in(
                    file,
                    "_class_name",
                    "expected a network of " + type.getSimpleName() + ", found one of "
                            + config.getClass().getSimpleName());
        }
        return type.cast(config);
    }

    @Override
    public SchedulerConfig scheduler() {
        return SchedulerConfigJson.read(schedulerFile());
    }

    @Override
    public Map<String, Object> schedulerKeys() {
        scheduler();
        return SchedulerConfigJson.keys(JsonFile.readConfig(schedulerFile()));
    }

    private Path schedulerFile() {
        return folder(SCHEDULER).resolve(DiffusersFolder.SCHEDULER_CONFIG);
    }

    @Override
    public ModelSettings settings() {
        Path file = folder.resolve(DiffusersFolder.SETTINGS);
        return Files.exists(file)
                ? ModelSettingsJson.read(file, JsonFile.readConfig(file), new UnknownKeys())
                : ModelSettings.NONE;
    }

    @Override
    public boolean forcesZeros() {
        return flag(FORCE_ZEROS, true);
    }

    private boolean flag(String key, boolean otherwise) {
        JsonNode value = index.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw FileFault.in(
                    folder.resolve(DiffusersFolder.MODEL_INDEX),
                    key,
                    "expected true or false, found " + JsonValues.shown(value));
        }
        return value.booleanValue();
    }

    /** {@inheritDoc} Here, parts that are left out, such as a checker of finished pictures, and unknown keys. */
    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** {@inheritDoc} Here, tensors and options that a network doesn't have. */
    @Override
    public List<String> networkNotes() {
        Set<String> networks = new LinkedHashSet<>(controlNets());
        parts.keySet().stream()
                .filter(part -> isNetwork(part) && !part.equals(CONTROLNET))
                .forEach(networks::add);
        return networks.stream()
                .flatMap(part -> ComponentFolder.notes(folder(part), files.preference(part)).stream()
                        .map(note -> part + ": " + note))
                .toList();
    }
}
