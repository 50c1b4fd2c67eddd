package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.Tensor;

/** Checks whether a file's tensors are those that a network needs. */
final class WeightCheck {
    /** How many tensors that are left out a note names. */
    private static final int SHOWN = 4;

    private WeightCheck() {}

    /**
     * Refuses tensors that are missing or of another shape. The message names the first one and counts the others.
     *
     * @param file for messages
     * @param expected the parameters' shapes
     * @param found the file's tensors by their present names
     * @return the names of the tensors that the network doesn't have
     */
    static List<String> check(Path file, Map<String, long[]> expected, Map<String, ? extends Tensor> found) {
        List<String> missing = expected.keySet().stream()
                .filter(name -> !found.containsKey(name))
                .toList();
        List<String> misshapen = expected.keySet().stream()
                .filter(found::containsKey)
                .filter(name ->
                        !Arrays.equals(expected.get(name), found.get(name).shape()))
                .toList();
        List<String> surplus = found.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            checkPrefix(file, missing, surplus);
            String name = missing.get(0);
            throw fault(
                    file,
                    missing,
                    "expected shape " + Arrays.toString(expected.get(name)) + ", found no such tensor",
                    "missing");
        }
        if (!misshapen.isEmpty()) {
            String name = misshapen.get(0);
            throw fault(
                    file,
                    misshapen,
                    "expected shape " + Arrays.toString(expected.get(name)) + ", found "
                            + found.get(name).type().describe(found.get(name).shape()),
                    "of another shape");
        }
        return surplus;
    }

    /** Refuses tensors that the network doesn't have. */
    static void refuse(Path file, List<String> surplus, Map<String, ? extends Tensor> found) {
        if (!surplus.isEmpty()) {
            Tensor tensor = found.get(surplus.get(0));
            throw fault(
                    file,
                    surplus,
                    "expected no such tensor, as config.json has it, found "
                            + tensor.type().describe(tensor.shape()),
                    "too many");
        }
    }

    /** What is said of tensors that the network doesn't have, and that are left out as diffusers does. */
    static String leftOut(Path file, List<String> surplus) {
        String names = surplus.stream()
                .limit(SHOWN)
                .map(name -> FileFault.quote(name.length() <= 100 ? name : name.substring(0, 100) + "…"))
                .collect(Collectors.joining(", "));
        return file.getFileName() + ": tensors that the network doesn't have are left out: " + names
                + (surplus.size() <= SHOWN ? "" : " and " + (surplus.size() - SHOWN) + " more");
    }

    /**
     * Refuses parameters whose names all have a prefix, and names it: such a network was wrapped in another module when it
     * was saved.
     */
    private static void checkPrefix(Path file, List<String> missing, List<String> surplus) {
        String first = missing.get(0);
        for (String found : surplus) {
            if (!found.endsWith("." + first)) {
                continue;
            }
            String prefix = found.substring(0, found.length() - first.length());
            if (surplus.containsAll(missing.stream().map(prefix::concat).toList())) {
                long prefixed =
                        surplus.stream().filter(name -> name.startsWith(prefix)).count();
                throw FileFault.in(
                        file,
                        first,
                        "expected such a tensor, found " + FileFault.quote(found) + ": the names of " + prefixed
                                + " tensors begin with " + FileFault.quote(prefix) + wrapper(prefix)
                                + "; write them without it");
            }
        }
    }

    /** What adds such a prefix, as far as that is known. */
    private static String wrapper(String prefix) {
        return switch (prefix) {
            case "module." -> ", which DataParallel puts there";
            case "_orig_mod." -> ", which torch.compile puts there";
            case "ema_model.", "ema." -> ", as averaged weights are often kept";
            case "model.diffusion_model." -> ", as single-file checkpoints have it";
            default -> "";
        };
    }

    private static Diffusion4jException fault(Path file, List<String> names, String message, String kind) {
        String others = names.size() == 1 ? "" : " (and " + (names.size() - 1) + " more " + kind + ")";
        return FileFault.in(file, names.get(0), message + others);
    }
}
