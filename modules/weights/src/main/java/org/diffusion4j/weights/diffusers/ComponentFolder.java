package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.NotFinite;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.diffusion4j.weights.tensor.WeightTensor;

/** Reads and writes the folder of one network: a {@code config.json} and the weights beside it. */
public final class ComponentFolder {
    /** Up to this number, a size that doesn't fit the weights is reported with the name of the weight. */
    private static final long ORDINARY_SIZE = 1 << 16;

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
        Component<?> component = read(folder);
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
        Path file = folder.resolve(DiffusersFolder.CONFIG);
        ObjectNode json = JsonFile.readConfig(file);
        return read(folder, json, format(file, json));
    }

    /**
     * Reads the options of a network of any class that is known here, without its weights.
     *
     * @param file a config.json
     * @return the options
     * @throws Diffusion4jException if the file is missing or wrong; the message names the key
     */
    public static NetworkConfig readConfig(Path file) {
        ObjectNode json = JsonFile.readConfig(file);
        return format(file, json).read(file, json, new UnknownKeys());
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
            return format(name, object).read(name, object, new UnknownKeys());
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can't fail", e);
        }
    }

    private static <C extends Record & NetworkConfig> Component<C> read(
            Path folder, ObjectNode json, ConfigFormat<C> format) {
        UnknownKeys unknown = new UnknownKeys();
        C config = format.read(folder.resolve(DiffusersFolder.CONFIG), json, unknown);
        return new Component<>(
                format.className(), config, tensors(folder, config, format.layout()), json, unknown.notes(folder));
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

    /** Checks the weights, which stay in their files. */
    static Map<String, WeightTensor> tensors(Path folder, NetworkConfig config, WeightLayout layout) {
        WeightFiles files = WeightFiles.open(folder, layout);
        boolean good = false;
        try {
            Map<String, String> names = WeightNames.byPresentName(files.file(), files.names());
            Map<String, FileTensor> found = new LinkedHashMap<>();
            names.forEach((name, stored) -> found.put(name, files.tensor(stored)));
            Map<String, long[]> expected =
                    parameterShapes(folder.resolve(DiffusersFolder.CONFIG), config, found.values());
            WeightCheck.check(files.file(), expected, found);
            expected.keySet().stream()
                    .map(found::get)
                    .parallel()
                    .filter(tensor -> !tensor.isFinite())
                    .findFirst()
                    .ifPresent(ComponentFolder::refuseNotFinite);
            Map<String, WeightTensor> tensors = new LinkedHashMap<>();
            expected.keySet().forEach(name -> tensors.put(name, held(found.get(name))));
            good = true;
            return tensors;
        } finally {
            if (!good) {
                files.close();
            }
        }
    }

    private static void refuseNotFinite(FileTensor tensor) {
        NotFinite.in(tensor.floats()).ifPresent(spoiled -> {
            throw FileFault.in(
                    tensor.file().path(), tensor.name(), "expected finite numbers, found " + spoiled.describe());
        });
    }

    private static WeightTensor held(FileTensor tensor) {
        // A float holds every F16 and BF16 exactly, but not every F64, which therefore becomes an F32.
        return tensor.type() == TensorType.F64 ? Tensor.of(tensor.floats()) : tensor;
    }

    private static Map<String, long[]> parameterShapes(
            Path file, NetworkConfig config, Collection<? extends Tensor> found) {
        checkSizes(file, ConfigKeys.toMap((Record) config), found);
        try {
            return config.parameterShapes();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(file + ": " + FileFault.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    /**
     * Refuses numbers in the configuration that are larger than the weights of the folder allow, since they would cost
     * memory and time.
     */
    private static void checkSizes(Path file, Map<String, Object> options, Collection<? extends Tensor> found) {
        long largest = found.stream()
                .filter(entry -> entry.byteSize() > 0)
                .flatMapToLong(entry -> Arrays.stream(entry.shape()))
                .max()
                .orElse(0);
        int levels = options.get("block_out_channels") instanceof List<?> widths ? widths.size() : 1;
        options.forEach((key, value) -> {
            // One number stands for all levels.
            int times = value instanceof List<?> ? 1 : levels;
            for (Object number : value instanceof List<?> list ? list : Arrays.asList(value)) {
                if (!(number instanceof Integer size)) {
                    continue;
                }
                if (key.contains("layers") && (long) size * times > found.size()) {
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "%s, %s: expected fewer layers than the %d tensors that there are, found %d%s",
                            file,
                            key,
                            found.size(),
                            size,
                            times == 1 ? "" : " in each of " + times + " levels"));
                }
                if (size > Math.max(largest, ORDINARY_SIZE)) {
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "%s, %s: expected at most %d, the largest dimension of any weight, found %d",
                            file,
                            key,
                            largest,
                            size));
                }
            }
        });
    }
}
