package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;

/** Reads and writes the folder of one network: a {@code config.json} and the weights beside it. */
public final class ComponentFolder {
    /** The classes that are known here, by what {@code _class_name} says. */
    private static final Map<String, ConfigFormat<?>> FORMATS = new TreeMap<>();

    static {
        List.<ConfigFormat<?>>of(
                        AdmFormats.UNET,
                        AdmFormats.SUPER_RESOLUTION,
                        AdmFormats.CLASSIFIER,
                        AutoencoderFormats.KL,
                        AutoencoderFormats.TINY,
                        ClipTextFormats.PLAIN,
                        ClipTextFormats.WITH_PROJECTION,
                        ConditionFormats.UNET,
                        ConditionFormats.CONTROLNET)
                .forEach(format -> FORMATS.put(format.className(), format));
    }

    private ComponentFolder() {}

    /**
     * Whether networks of a class can be read.
     *
     * @param className the class that Python would make of it, such as {@code AutoencoderKL}
     * @return true if so
     */
    public static boolean knows(String className) {
        return FORMATS.containsKey(className);
    }

    /**
     * Whether a folder is that of a single network of a class that can be read.
     *
     * @param folder any folder
     * @return whether it has a {@code config.json} that names such a class, and no pipeline's index
     */
    public static boolean isOne(Path folder) {
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        if (!Files.exists(file) || Files.exists(folder.resolve(DiffusersFolder.MODEL_INDEX))) {
            return false;
        }
        String name = className(JsonFile.readConfig(file));
        return name != null && knows(name);
    }

    /**
     * Reads a network.
     *
     * @param <C> its options
     * @param folder its folder
     * @param type the class of its options
     * @return the network with its weights
     * @throws Diffusion4jException if a file is missing or wrong, if it is another network, or the weights don't match the
     *     options or aren't all finite; the message names the file and the tensor or key
     */
    public static <C extends NetworkConfig> Component<C> read(Path folder, Class<C> type) {
        return read(folder, type, WeightPreference.USUAL);
    }

    /**
     * Reads a network of whose weights there may be several files.
     *
     * @param <C> its options
     * @param folder its folder
     * @param type the class of its options
     * @param preference which weights are wanted
     * @return the network with its weights
     * @throws Diffusion4jException as above, or if there are no such weights
     */
    public static <C extends NetworkConfig> Component<C> read(Path folder, Class<C> type, WeightPreference preference) {
        Component<?> component = read(folder, preference);
        if (!type.isInstance(component.config())) {
            component.close();
            throw FileFault.in(
                    folder.resolve(DiffusersFolder.CONFIG),
                    "_class_name",
                    "expected a network of " + type.getSimpleName() + ", found " + component.className());
        }
        @SuppressWarnings("unchecked")
        Component<C> checked = (Component<C>) component;
        return checked;
    }

    /**
     * Reads a network of any class that is known here.
     *
     * @param folder its folder
     * @return the network with its weights
     * @throws Diffusion4jException as above
     */
    public static Component<?> read(Path folder) {
        return read(folder, WeightPreference.USUAL);
    }

    /**
     * Reads a network of any class that is known here, of whose weights there may be several files.
     *
     * @param folder its folder
     * @param preference which weights are wanted
     * @return the network with its weights
     * @throws Diffusion4jException as above, or if there are no such weights
     */
    public static Component<?> read(Path folder, WeightPreference preference) {
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        ObjectNode json = JsonFile.readConfig(file);
        ConfigFormat<?> format = format(file, json);
        ComponentConfig<?> config = config(file, json, format);
        return config.component(CheckedWeights.read(folder, config.config(), format.layout(), preference));
    }

    /** What is noticed of a network when it is read, known without reading its numbers. */
    static List<String> notes(Path folder, WeightPreference preference) {
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        ObjectNode json = JsonFile.readConfig(file);
        ConfigFormat<?> format = format(file, json);
        ComponentConfig<?> config = config(file, json, format);
        List<String> notes = new ArrayList<>(config.notes());
        notes.addAll(CheckedWeights.notes(folder, config.config(), format.layout(), preference));
        return notes;
    }

    /**
     * Reads the options of a network of any class that is known here and that has no weights yet.
     *
     * @param folder a folder with a {@code config.json}, but neither weights nor a pipeline's index
     * @return the network's options; empty if the folder isn't of this kind
     * @throws Diffusion4jException if the options are wrong, or the parameters don't fit into this machine's memory
     */
    public static Optional<NetworkConfig> readConfigWithoutWeights(Path folder) {
        if (!isOne(folder)) {
            return Optional.empty();
        }
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        ObjectNode json = JsonFile.readConfig(file);
        if (!WithoutWeights.isOne(folder, format(file, json).layout())) {
            return Optional.empty();
        }
        NetworkConfig config = config(file, json).config();
        WithoutWeights.requireMemory(file, config);
        return Optional.of(config);
    }

    /**
     * Which files of a network's folder are read for its weights.
     *
     * @param folder its folder
     * @param preference which weights are wanted
     * @return the files
     * @throws Diffusion4jException if there are no such weights, an index isn't as it must be, or it isn't the folder of a
     *     network that is known here
     */
    public static TakenWeights taken(Path folder, WeightPreference preference) {
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        return TakenWeights.of(folder, format(file, JsonFile.readConfig(file)).layout(), preference);
    }

    /**
     * Reads the options of a network of any class that is known here, without its weights.
     *
     * @param file a config.json
     * @return the options
     * @throws Diffusion4jException if the file is missing or wrong; the message names the key
     */
    public static NetworkConfig readConfig(Path file) {
        return config(file, JsonFile.readConfig(file)).config();
    }

    /**
     * Reads the options of a network of any class that is known here.
     *
     * @param json the content of a config.json
     * @return the options
     * @throws Diffusion4jException as above
     */
    public static NetworkConfig parseConfig(String json) {
        Path name = Path.of(DiffusersFolder.CONFIG);
        try {
            ObjectNode object = JsonFile.read(name, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
            return config(name, object).config();
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can't fail", e);
        }
    }

    /** The options of a file with this content. */
    static ComponentConfig<?> config(Path file, ObjectNode json) {
        return config(file, json, format(file, json));
    }

    private static <C extends Record & NetworkConfig> ComponentConfig<C> config(
            Path file, ObjectNode json, ConfigFormat<C> format) {
        UnknownKeys unknown = new UnknownKeys();
        C config = format.read(file, json, unknown);
        return new ComponentConfig<>(file, format.className(), config, json, unknown.notes(file.resolveSibling("")));
    }

    private static ConfigFormat<?> format(Path file, ObjectNode json) {
        String name = className(json);
        ConfigFormat<?> format = name == null ? null : FORMATS.get(name);
        if (format == null) {
            throw FileFault.in(
                    file,
                    "_class_name",
                    "expected one of " + String.join(", ", FORMATS.keySet()) + ", found "
                            + (name == null ? "nothing" : FileFault.quote(name)));
        }
        return format;
    }

    /**
     * Writes a network as diffusers or transformers does. As with {@link DiffusersFolder#write}, a program that ends meanwhile
     * leaves the old network, the new one or none.
     *
     * @param folder the folder to make or to write into
     * @param config the network's options
     * @param weights every parameter by its name; each is read when it is written, and keeps its type in a file
     * @throws IllegalArgumentException if there is no file for such options, or the weights aren't those that they ask for
     * @throws Diffusion4jException if something can't be written
     */
    public static void write(Path folder, NetworkConfig config, Map<String, ? extends WeightSource> weights) {
        ComponentWriter writer = ComponentWriter.of(config, weights);
        FolderReplacement.write(folder, writer::writeTo);
    }

    /**
     * The class that Python would make of a network.
     *
     * @param config its options
     * @return such as {@code AutoencoderKL}
     * @throws IllegalArgumentException if there is no file for such options
     */
    public static String className(NetworkConfig config) {
        return format(config).className();
    }

    /** The format for a network's options. */
    static ConfigFormat<?> format(NetworkConfig config) {
        return FORMATS.values().stream()
                .filter(format -> format.holds(config))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("config: expected the options of one of "
                        + String.join(", ", FORMATS.keySet()) + ", found "
                        + config.getClass().getSimpleName()));
    }

    /** The class of a network; transformers writes a list of one name under another key. Null if there is none. */
    static String className(ObjectNode json) {
        if (json.path("_class_name").isTextual()) {
            return json.get("_class_name").textValue();
        }
        return json.path("architectures").path(0).textValue();
    }
}
