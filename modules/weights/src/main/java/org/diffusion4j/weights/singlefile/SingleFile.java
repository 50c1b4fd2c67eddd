package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ComponentWeights;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * A checkpoint of the Stable Diffusion family in one file, as {@code .safetensors} or as {@code .ckpt}: which networks are in
 * it is known by the names and shapes of its tensors. The file is closed between its uses, and must not be written into
 * meanwhile; it may be replaced by the same.
 */
public final class SingleFile {
    private final Path path;
    private final SingleFileLayout layout;
    private final Map<String, FileTensor> tensors;
    private final Map<String, String> metadata;
    private final Map<NetworkConfig, SingleFileMapping> mappings = new ConcurrentHashMap<>();

    private SingleFile(
            Path path, SingleFileLayout layout, Map<String, FileTensor> tensors, Map<String, String> metadata) {
        this.path = path;
        this.layout = layout;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Whether a file is such a checkpoint by its tensors.
     *
     * @param path any path
     * @return false, too, if it can't be read
     */
    public static boolean isOne(Path path) {
        try (TensorFile file = CheckpointFile.open(path)) {
            return SingleFileLayout.of(tensors(file)).isPresent();
        } catch (Diffusion4jException e) {
            return false; // whoever reads it says why
        }
    }

    /**
     * Looks into a file.
     *
     * @param path the file
     * @return what it holds
     * @throws Diffusion4jException if it can't be read, or is no such checkpoint; the message says what it looks like
     */
    public static SingleFile open(Path path) {
        try (TensorFile file = CheckpointFile.open(path)) {
            Map<String, FileTensor> tensors = tensors(file);
            SingleFileLayout layout = SingleFileLayout.of(tensors)
                    .orElseThrow(() -> FileFault.in(
                            path,
                            "expected a checkpoint of Stable Diffusion 1, 2 or XL, found "
                                    + LookAlike.describe(tensors.keySet())));
            Map<String, String> metadata = file instanceof SafetensorsReader reader ? reader.metadata() : Map.of();
            return new SingleFile(path, layout, tensors, metadata);
        }
    }

    private static Map<String, FileTensor> tensors(TensorFile file) {
        Map<String, FileTensor> tensors = new LinkedHashMap<>();
        Set<String> names = file.names();
        names.forEach(name -> {
            String usual = ClipNames.usual(name);
            tensors.put(names.contains(usual) ? name : usual, file.tensor(name));
        });
        return tensors;
    }

    /**
     * The file.
     *
     * @return its path
     */
    public Path path() {
        return path;
    }

    /**
     * How the networks are named.
     *
     * @return the layout
     */
    public SingleFileLayout layout() {
        return layout;
    }

    /**
     * The networks in the file, of which each may be missing.
     *
     * @return their names in diffusers' folders, text encoders first
     */
    public Set<String> components() {
        Set<String> components = new LinkedHashSet<>();
        for (SingleFilePart part : layout.parts()) {
            if (tensors.keySet().stream().anyMatch(name -> name.startsWith(part.prefix()))) {
                components.add(part.component());
            }
        }
        return components;
    }

    /**
     * Whether the file has averaged weights (EMA) of the denoising network beside those that were trained.
     *
     * @return true if so
     */
    public boolean hasAverage() {
        return tensors.containsKey(SingleFileMapping.average(SingleFileLayout.UNET_PREFIX + "out.2.weight"));
    }

    /**
     * The tensors' names.
     *
     * @return names in the file's order
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** The tensors, which can't be read, as the file is closed: only what they are is known. */
    Map<String, FileTensor> tensors() {
        return tensors;
    }

    /** The texts in a safetensors file's header. */
    Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Reads a network.
     *
     * @param <C> its options
     * @param component its name in diffusers' folders, such as {@code unet}
     * @param config its options
     * @param average whether the averaged weights are taken, which only a denoising network has
     * @return the network, whose weights stay in the file; the caller closes it
     * @throws Diffusion4jException if there is no such network in the file, its tensors aren't those of the options, or not all
     *     numbers are finite; the message names the tensor
     */
    public <C extends NetworkConfig> Component<C> network(
            String component, ComponentConfig<C> config, boolean average) {
        SingleFilePart part = layout.part(component)
                .filter(one -> components().contains(component))
                .orElseThrow(() -> FileFault.in(
                        path,
                        "expected a checkpoint with " + component + ", found " + String.join(", ", components())));
        if (average && !hasAverage()) {
            throw FileFault.in(path, "expected averaged weights (" + SingleFileMapping.AVERAGE + "…), found none");
        }
        TensorFile file = CheckpointFile.open(path);
        boolean good = false;
        try {
            Map<String, WeightTensor> weights =
                    weights(tensors(file), part, config, average && component.equals(PipelineFolder.UNET));
            good = true;
            return config.component(weights);
        } finally {
            if (!good) {
                file.close();
            }
        }
    }

    /** Checks the tensors of a network without reading them. */
    void check(String component, ComponentConfig<?> config, boolean average) {
        boolean averages = average && component.equals(PipelineFolder.UNET);
        checked(tensors, part(component, averages), config, averages);
    }

    private SingleFilePart part(String component, boolean average) {
        if (average && !hasAverage()) {
            throw FileFault.in(path, "expected averaged weights (" + SingleFileMapping.AVERAGE + "…), found none");
        }
        return layout.part(component)
                .filter(one -> components().contains(component))
                .orElseThrow(() -> FileFault.in(
                        path,
                        "expected a checkpoint with " + component + ", found " + String.join(", ", components())));
    }

    /** @return the parameters, each beside its tensor's name */
    private Map<MappedTensor, String> checked(
            Map<String, FileTensor> stored, SingleFilePart part, ComponentConfig<?> config, boolean average) {
        SingleFileMapping mapping = mapping(part, config);
        Map<String, FileTensor> own = own(stored, part, mapping, average);
        Map<String, long[]> expected = new LinkedHashMap<>();
        Map<MappedTensor, String> names = new LinkedHashMap<>();
        for (MappedTensor each : mapping.tensors()) {
            String name = name(each, average);
            names.put(each, name);
            expected.put(name, isAlreadyLinear(each, own.get(name)) ? each.shape() : each.originalShape());
        }
        ComponentWeights.check(path, expected, own);
        return names;
    }

    private Map<String, WeightTensor> weights(
            Map<String, FileTensor> stored, SingleFilePart part, ComponentConfig<?> config, boolean average) {
        Map<MappedTensor, String> names = checked(stored, part, config, average);
        ComponentWeights.requireFinite(
                names.values().stream().distinct().map(stored::get).toList());
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        names.forEach((each, name) -> weights.put(
                each.parameter(), ComponentWeights.held(each.conversion().parameter(stored.get(name), each.shape()))));
        return weights;
    }

    /** The mapping of a network, which is made once for options that are asked for several times. */
    SingleFileMapping mapping(SingleFilePart part, ComponentConfig<?> config) {
        return mappings.computeIfAbsent(config.config(), options -> {
            Map<String, long[]> shapes = ComponentWeights.shapes(config.file(), config.config(), tensors.values());
            try {
                return SingleFileMapping.of(part, shapes);
            } catch (IllegalArgumentException e) {
                throw new Diffusion4jException(path + ": " + FileFault.oneLine(String.valueOf(e.getMessage())), e);
            }
        });
    }

    private static String name(MappedTensor tensor, boolean average) {
        return average ? SingleFileMapping.average(tensor.original()) : tensor.original();
    }

    /** Some programs write an autoencoder's attention as what it is. */
    private static boolean isAlreadyLinear(MappedTensor tensor, FileTensor found) {
        return found != null
                && tensor.conversion() instanceof Conversion.ConvolutionToLinear
                && found.shape().length == tensor.shape().length;
    }

    /** The tensors of a network. One that is unknown is among them, so that it is refused: without it the network is another. */
    private static Map<String, FileTensor> own(
            Map<String, FileTensor> stored, SingleFilePart part, SingleFileMapping mapping, boolean average) {
        Set<String> averages = new LinkedHashSet<>();
        mapping.tensors().forEach(each -> averages.add(SingleFileMapping.average(each.original())));
        Map<String, FileTensor> own = new LinkedHashMap<>();
        stored.forEach((name, tensor) -> {
            boolean wanted =
                    average ? averages.contains(name) : name.startsWith(part.prefix()) && !mapping.ignores(name);
            if (wanted) {
                own.put(name, tensor);
            }
        });
        return own;
    }

    /**
     * The tensors that are no parameters of some networks and aren't known to be without use, such as those of a further model.
     *
     * @return names in the file's order; usually none
     */
    List<String> strangers(Map<String, ComponentConfig<?>> networks) {
        List<SingleFileMapping> all = new ArrayList<>();
        networks.forEach(
                (component, config) -> all.add(mapping(layout.part(component).orElseThrow(), config)));
        return tensors.keySet().stream()
                .filter(name -> all.stream().noneMatch(mapping -> mapping.uses(name) || mapping.ignores(name)))
                .toList();
    }
}
