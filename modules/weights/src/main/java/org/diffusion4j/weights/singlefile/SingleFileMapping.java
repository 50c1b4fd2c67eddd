package org.diffusion4j.weights.singlefile;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;

/**
 * Which tensor of a single file is which parameter of diffusers. It is made from the networks' options, so it holds for
 * networks of any width and depth.
 */
public final class SingleFileMapping {
    /** What averaged weights begin with: the rest of the network's name follows without its dots. */
    static final String AVERAGE = "model_ema.";

    /** The noise schedule's tables and other numbers that the first programs kept beside the networks. */
    private static final Set<String> TABLES = Set.of(
            "betas",
            "alphas_cumprod",
            "alphas_cumprod_prev",
            "sqrt_alphas_cumprod",
            "sqrt_one_minus_alphas_cumprod",
            "log_one_minus_alphas_cumprod",
            "sqrt_recip_alphas_cumprod",
            "sqrt_recipm1_alphas_cumprod",
            "posterior_variance",
            "posterior_log_variance_clipped",
            "posterior_mean_coef1",
            "posterior_mean_coef2",
            "lvlb_weights",
            "logvar",
            "scale_factor",
            "denoiser.sigmas",
            "v_pred",
            "ztsnr");

    private final List<MappedTensor> tensors = new ArrayList<>();
    private final Set<String> used = new LinkedHashSet<>();
    private final Map<SingleFilePart, OriginalNames> names = new HashMap<>();

    private SingleFileMapping() {}

    /**
     * Maps networks.
     *
     * @param layout which networks there are under which names
     * @param networks the options of some or all of them by their names in diffusers' folders
     * @return the mapping
     * @throws IllegalArgumentException if the layout has no such network, or a network has a parameter that no single file
     *     holds; the message names it
     */
    public static SingleFileMapping of(SingleFileLayout layout, Map<String, ? extends NetworkConfig> networks) {
        SingleFileMapping mapping = new SingleFileMapping();
        networks.forEach((component, config) -> {
            SingleFilePart part = layout.part(component).orElse(null);
            require(part != null, "component", "one of a file of layout " + layout, component);
            mapping.add(part, config.parameterShapes());
        });
        return mapping;
    }

    static SingleFileMapping of(SingleFilePart part, Map<String, long[]> shapes) {
        SingleFileMapping mapping = new SingleFileMapping();
        mapping.add(part, shapes);
        return mapping;
    }

    private void add(SingleFilePart part, Map<String, long[]> shapes) {
        OriginalNames original = part.family().names(shapes.keySet());
        names.put(part, original);
        shapes.forEach((parameter, shape) -> {
            OriginalKey key = original.of(parameter)
                    .orElseThrow(() -> new IllegalArgumentException(part.component()
                            + ": expected parameters that single files have a name for, found " + parameter));
            String name = part.prefix() + key.name();
            used.add(name);
            tensors.add(new MappedTensor(name, part.component(), parameter, shape, key.conversion()));
        });
    }

    /**
     * All parameters of the networks.
     *
     * @return each with its place, in the networks' order; several may be in one tensor
     */
    public List<MappedTensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }

    /** Whether there is a parameter in a tensor of the single file. */
    boolean uses(String name) {
        return used.contains(name);
    }

    /**
     * Whether a tensor may be left out without a loss: tables that are computed anew, averaged weights, the training's
     * own networks, and of OpenCLIP's encoder the last layer if the network ends before it.
     *
     * @param name a tensor's name in a single file
     * @return false if it is a parameter, or it isn't known
     */
    public boolean ignores(String name) {
        if (uses(name)) {
            return false;
        }
        return TABLES.contains(name)
                || name.startsWith(AVERAGE)
                || names.entrySet().stream()
                        .anyMatch(part -> name.startsWith(part.getKey().prefix())
                                && part.getValue()
                                        .ignores(name.substring(
                                                part.getKey().prefix().length())));
    }

    /**
     * The way back: the tensors of a single file.
     *
     * @param weights the parameters of all the networks, by the networks' names and their own
     * @return the tensors by their names, which read the parameters when they are written
     * @throws IllegalArgumentException if a parameter is missing or of another shape, or those that lie in one tensor are of
     *     different types
     */
    public Map<String, Tensor> originals(Map<String, ? extends Map<String, ? extends Tensor>> weights) {
        Map<String, List<MappedTensor>> byOriginal = new LinkedHashMap<>();
        tensors.forEach(each -> byOriginal
                .computeIfAbsent(each.original(), name -> new ArrayList<>())
                .add(each));
        Map<String, Tensor> originals = new LinkedHashMap<>();
        byOriginal.forEach((name, parts) -> {
            List<Tensor> parameters = new ArrayList<>();
            for (MappedTensor part : parts) {
                Map<String, ? extends Tensor> network = weights.get(part.component());
                Tensor weight = network == null ? null : network.get(part.parameter());
                String where = part.component() + ", '" + part.parameter() + "'";
                require(
                        weight != null && Arrays.equals(weight.shape(), part.shape()),
                        where,
                        Arrays.toString(part.shape()),
                        weight == null ? "none" : Arrays.toString(weight.shape()));
                parameters.add(weight);
                TensorType type = parameters.get(0).type();
                require(weight.type() == type, where, "the type " + type + " of what lies beside it", weight.type());
            }
            originals.put(name, parts.get(0).conversion().original(parameters));
        });
        return originals;
    }

    /**
     * The name of the averaged weights of a denoising network's tensor.
     *
     * @param original the tensor's name in the single file, such as {@code model.diffusion_model.out.2.bias}
     * @return such as {@code model_ema.diffusion_modelout2bias}
     */
    public static String average(String original) {
        String rest = original.substring(original.indexOf('.') + 1);
        return AVERAGE + rest.replace(".", "");
    }
}
