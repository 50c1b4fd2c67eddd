package org.diffusion4j.graph.lora;

import static org.diffusion4j.Requirement.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which layers of a network get a low-rank branch to be trained, as PEFT's {@code LoraConfig} says it.
 *
 * @param adapter the branches' name: letters, digits, underscores
 * @param rank how many channels each branch goes through, at least 1
 * @param alpha each branch is multiplied by alpha / rank
 * @param modules the ends of the layers' names, such as {@code to_q} or {@code to_out.0}: a layer is one of them if it has this
 *     name, or its name ends in a dot and it; at least one
 */
public record LoraTargets(String adapter, int rank, double alpha, List<String> modules) {
    private static final String WEIGHT = ".weight";

    /** The layers of all attention of a network: its queries, keys, values and results. */
    public static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");

    /** All linear layers of a U-Net's transformers: those of attention, of feed-forward and the projections around them. */
    public static final List<String> TRANSFORMERS =
            List.of("to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2");

    /** Checks the values. */
    public LoraTargets {
        require(rank >= 1, "rank", "at least 1", rank);
        require(Double.isFinite(alpha) && alpha > 0, "alpha", "a number above 0", alpha);
        modules = List.copyOf(modules);
        require(!modules.isEmpty(), "modules", "at least one", "none");
    }

    /**
     * The branches of a network's layers.
     *
     * @param shapes the shape of each of the network's parameters by its name
     * @return a branch for each layer that is meant, in the order of the parameters
     * @throws IllegalArgumentException if there is no layer of one of the names
     */
    public LoraBranches of(Map<String, long[]> shapes) {
        Map<String, List<LoraBranch>> branches = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            String layer = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
            if (shape.length > 1 && modules.stream().anyMatch(module -> hits(module, layer))) {
                branches.put(layer, List.of(new LoraBranch(adapter, rank, alpha / rank)));
            }
        });
        for (String module : modules) {
            require(
                    branches.keySet().stream().anyMatch(layer -> hits(module, layer)),
                    "modules",
                    "a layer of the network whose name ends in ." + module,
                    "none");
        }
        return new LoraBranches(branches);
    }

    private static boolean hits(String module, String layer) {
        return layer.equals(module) || layer.endsWith("." + module);
    }

    /**
     * Whether a parameter belongs to a branch.
     *
     * @param parameter its name
     * @return false for the network's own
     */
    public static boolean isOfBranch(String parameter) {
        return parameter.contains(".lora_A.") || parameter.contains(".lora_B.");
    }
}
