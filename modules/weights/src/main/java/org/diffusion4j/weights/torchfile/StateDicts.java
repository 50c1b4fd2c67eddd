package org.diffusion4j.weights.torchfile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Finds out which of a file's dicts of tensors are the weights of a network: not those in which an optimiser keeps its
 * moments.
 */
final class StateDicts {
    /** Under these keys a network's weights are saved, the likeliest first. */
    private static final List<String> NAMES = List.of(
            "state_dict",
            "model_state_dict",
            "model",
            "module",
            "net",
            "network",
            "unet",
            "params",
            "weights",
            "generator",
            "string_to_param");

    private StateDicts() {}

    /**
     * Orders the dicts.
     *
     * @param dicts all dicts of tensors by their paths
     * @return the paths of the dicts that hold a network's weights: first the network itself, then others, such as its
     *     moving average
     */
    static List<String> of(Map<String, TensorDict> dicts) {
        List<String> found = matching(
                dicts,
                path -> !isOptimiser(path) && !hasIndex(path) && dicts.get(path).isMostlyTensors());
        if (found.isEmpty()) { // one among other things, or a list of networks
            found = matching(dicts, path -> !isOptimiser(path));
        }
        int most =
                found.stream().mapToInt(path -> dicts.get(path).tensors()).max().orElse(0);
        ToIntFunction<String> rank = path -> isTop(path) && dicts.get(path).tensors() == most ? -1 : rank(path);
        found.sort(Comparator.comparingInt(rank)
                .thenComparing(path -> dicts.get(path).tensors(), Comparator.reverseOrder()));
        if (!found.isEmpty() && !isTop(found.get(0))) {
            found.removeIf(StateDicts::isTop); // what stands beside the weights
        }
        return found;
    }

    private static List<String> matching(Map<String, TensorDict> dicts, Predicate<String> condition) {
        return new ArrayList<>(dicts.keySet().stream().filter(condition).toList());
    }

    private static boolean isTop(String path) {
        return path.isEmpty();
    }

    private static int rank(String path) {
        if (isAverage(path)) {
            return NAMES.size() + 1;
        }
        int named = NAMES.indexOf(path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT));
        return named < 0 ? NAMES.size() : named;
    }

    private static boolean isAverage(String path) {
        return anyStep(path, step -> Arrays.asList(step.split("[^a-z]+")).contains("ema"));
    }

    private static boolean isOptimiser(String path) {
        return anyStep(
                path,
                step -> step.equals("opt")
                        || step.startsWith("optim")
                        || step.contains("optimizer")
                        || step.contains("optimiser"));
    }

    private static boolean hasIndex(String path) {
        return anyStep(path, step -> !step.isEmpty() && step.chars().allMatch(c -> c >= '0' && c <= '9'));
    }

    private static boolean anyStep(String path, Predicate<String> condition) {
        return Arrays.stream(path.toLowerCase(Locale.ROOT).split("/")).anyMatch(condition);
    }
}
