package org.diffusion4j.weights.adm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.ComponentWeights;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.singlefile.CheckpointFile;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * A network of guided-diffusion that was read: a U-Net, an upsampler or a classifier. Its weights stay in their file until they are
 * needed.
 *
 * @param component the network with its weights
 * @param process what it was trained for
 * @param notes what was noticed, but isn't an error; usually empty
 */
public record AdmModel(Component<?> component, AdmProcess process, List<String> notes) implements AutoCloseable {
    private static final String CONFIG = "config.json";
    /** Every network of guided-diffusion begins with these. */
    private static final Set<String> FIRST = Set.of(
            "time_embed.0.weight",
            "time_embed.2.weight",
            "input_blocks.0.0.weight",
            "middle_block.0.in_layers.0.weight");

    /** Keeps a copy. */
    public AdmModel {
        notes = List.copyOf(notes);
    }

    /**
     * Whether a file or a folder holds a network of guided-diffusion.
     *
     * @param path a file of weights, by torch.save or in safetensors, or a folder with a {@code config.json}
     * @return false, too, if it can't be read
     */
    public static boolean isOne(Path path) {
        try {
            if (Files.isDirectory(path)) {
                return ComponentFolder.isOne(path) && isKnown(ComponentFolder.readConfig(path.resolve(CONFIG)));
            }
            if (!Files.isRegularFile(path)) {
                return false;
            }
            try (TensorFile file = CheckpointFile.open(path)) {
                return isOne(file.names());
            }
        } catch (Diffusion4jException e) {
            return false; // whoever reads it says what is wrong with it
        }
    }

    private static boolean isOne(Set<String> names) {
        // Later networks have transformers in blocks of the same names.
        return names.containsAll(FIRST) && names.stream().noneMatch(name -> name.contains("transformer_blocks"));
    }

    private static boolean isKnown(NetworkConfig config) {
        return config instanceof AdmUNetConfig || config instanceof AdmClassifierConfig;
    }

    /**
     * Reads a network.
     *
     * @param path a file of weights, or a folder with a {@code config.json}
     * @param preset which network a file is of. Null if a file of JSON beside it says so: one of its own name, or {@code
     *     config.json}, with the arguments of the network's class or the flags of the scripts. The published files are recognised by their names and their tensors
     * @return the network, which the caller closes
     * @throws Diffusion4jException if a file can't be read, nothing says which network it is, or its tensors aren't those of the
     *     network; the message names the file and the tensor or key
     */
    public static AdmModel open(Path path, AdmPreset preset) {
        if (Files.isDirectory(path)) {
            if (preset != null) {
                throw FileFault.in(path, "expected a file of weights for a preset, found a folder");
            }
            Component<?> component = ComponentFolder.read(path);
            if (!isKnown(component.config())) {
                component.close();
                throw FileFault.in(
                        path.resolve(CONFIG),
                        "_class_name",
                        "expected a network of guided-diffusion, found " + component.className());
            }
            return new AdmModel(component, AdmProcess.read(path.resolve(CONFIG), component.json()), component.notes());
        }
        TensorFile file = CheckpointFile.open(path);
        boolean good = false;
        try {
            AdmModel model = read(file, preset);
            good = true;
            return model;
        } finally {
            if (!good) {
                file.close();
            }
        }
    }

    private static AdmModel read(TensorFile file, AdmPreset preset) {
        Map<String, FileTensor> found = new LinkedHashMap<>();
        file.names().forEach(name -> found.put(name, file.tensor(name)));
        List<String> notes = new ArrayList<>();
        ComponentConfig<?> config = config(file.path(), found, preset, notes);
        Map<String, long[]> expected = ComponentWeights.shapes(config.file(), config.config(), found.values());
        ComponentWeights.check(file.path(), expected, found);
        ComponentWeights.requireFinite(List.copyOf(found.values()));
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        expected.keySet().forEach(name -> weights.put(name, ComponentWeights.held(found.get(name))));
        notes.addAll(config.notes());
        return new AdmModel(config.component(weights), AdmProcess.read(config.file(), config.json()), notes);
    }

    private static ComponentConfig<?> config(
            Path path, Map<String, FileTensor> found, AdmPreset preset, List<String> notes) {
        if (preset != null) {
            return preset.config();
        }
        String name = String.valueOf(path.getFileName());
        String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        boolean classifier = found.keySet().stream().noneMatch(key -> key.startsWith("output_blocks."));
        for (String beside : List.of(stem + ".json", CONFIG)) {
            Path file = path.resolveSibling(beside);
            if (Files.isRegularFile(file)) {
                ObjectNode json = JsonFile.readConfig(file);
                if (AdmFlags.areIn(json, classifier)) {
                    return AdmFlags.read(file, json, classifier);
                }
                // One folder may hold both networks, and a file for one of them.
                if (ComponentFolder.knows(json.path("_class_name").asText())) {
                    ComponentConfig<?> config = ComponentConfig.read(file);
                    if (isKnown(config.config()) && config.config() instanceof AdmClassifierConfig == classifier) {
                        return config;
                    }
                }
            }
        }
        AdmPreset published =
                AdmPreset.ofFile(name).filter(one -> one.fits(found)).orElseThrow(() -> unknown(path, found));
        notes.add("taken for " + published.configName() + ", by its name and its tensors");
        return published.config();
    }

    private static Diffusion4jException unknown(Path path, Map<String, FileTensor> found) {
        List<String> fitting =
                AdmPreset.fitting(found).stream().map(AdmPreset::configName).toList();
        String hint = fitting.isEmpty()
                ? "no published network has such tensors"
                : "its tensors are those of " + String.join(" or ", fitting);
        return FileFault.in(
                path,
                "expected a preset, or a config.json beside it, as weights don't say how attention is divided into heads, found"
                        + " neither (" + hint + ")");
    }

    /**
     * The same network, trained for another process than its file says.
     *
     * @param other what it was trained for
     * @return the model, of which only one is to be closed
     */
    public AdmModel with(AdmProcess other) {
        return new AdmModel(component, other, notes);
    }

    /**
     * The options of a U-Net.
     *
     * @return the options
     * @throws Diffusion4jException if it is a classifier
     */
    public AdmUNetConfig unet() {
        if (component.config() instanceof AdmUNetConfig unet) {
            return unet;
        }
        throw new Diffusion4jException(
                "model: expected a network that draws, found the classifier " + component.className());
    }

    /**
     * The options of a classifier.
     *
     * @return the options
     * @throws Diffusion4jException if it is a U-Net
     */
    public AdmClassifierConfig classifier() {
        if (component.config() instanceof AdmClassifierConfig classifier) {
            return classifier;
        }
        throw new Diffusion4jException("classifier: expected an EncoderUNetModel, found " + component.className());
    }

    /** Closes the file in which the weights still are. */
    @Override
    public void close() {
        component.close();
    }
}
