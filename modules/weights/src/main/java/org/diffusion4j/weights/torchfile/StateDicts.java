package org.diffusion4j.weights.torchfile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
            "generator");

    private StateDicts() {}

    /**
     * Orders the dicts.
     *
     * @param sizes the number of tensors of each dict, by its path
     * @return the paths of the dicts that hold a network's weights: first the network itself, then others, such as its
     *     moving average
     */
    static List<String> of(Map<String, Integer> sizes) {
        List<String> found = new ArrayList<>();
        for (String path : sizes.keySet()) {
            if (!isOptimiser(path) && !hasIndex(path)) {
                found.add(path);
            }
        }
        if (found.isEmpty()) { // a list of networks
            sizes.keySet().stream().filter(path -> !isOptimiser(path)).forEach(found::add);
        }
        int most = found.stream().mapToInt(sizes::get).max().orElse(0);
        found.sort(Comparator.comparingInt((String path) -> path.isEmpty() && sizes.get(path) == most ? -1 : rank(path))
                .thenComparing(Comparator.comparingInt((String path) -> sizes.get(path))
                        .reversed()));
        return found;
    }

    private static int rank(String path) {
        if (isAverage(path)) {
            return NAMES.size() + 1;
        }
        int named = NAMES.indexOf(path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT));
        return named < 0 ? NAMES.size() : named;
    }

    private static boolean isAverage(String path) {
        return path.toLowerCase(Locale.ROOT).matches("(.*[/_.-])?ema([/_.0-9-].*)?");
    }

    private static boolean isOptimiser(String path) {
        return path.toLowerCase(Locale.ROOT).matches("(.*/)?(opt|optim.*|.*optimi[sz]er.*)(/.*)?");
    }

    private static boolean hasIndex(String path) {
        return path.matches("(.*/)?[0-9]+(/.*)?");
    }
}
