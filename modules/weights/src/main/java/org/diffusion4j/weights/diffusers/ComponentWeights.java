package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.NotFinite;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.diffusion4j.weights.tensor.WeightTensor;

/** Checks whether the tensors of a file are the weights of a network. They stay in the file. */
public final class ComponentWeights {
    /** Up to this number, a size that doesn't fit the weights is reported with the name of the weight. */
    private static final long ORDINARY_SIZE = 1 << 16;

    private ComponentWeights() {}

    /**
     * The parameters of a network, unless its options ask for more than its weights allow, which would cost memory and time.
     *
     * @param file the file of the options, for messages
     * @param config the options
     * @param found the tensors that there are, in any order
     * @return each parameter's shape by diffusers' name
     * @throws Diffusion4jException if a size is larger than any weight, or no network can be built; the message names the option
     */
    public static Map<String, long[]> shapes(Path file, NetworkConfig config, Collection<? extends Tensor> found) {
        checkSizes(file, ConfigKeys.toMap((Record) config), found);
        try {
            return config.parameterShapes();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(file + ": " + FileFault.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    /**
     * Refuses tensors that are missing, of another shape or too many.
     *
     * @param file for messages
     * @param expected the shapes by name
     * @param found the tensors by name
     * @throws Diffusion4jException the message names the first one and counts the others
     */
    public static void check(Path file, Map<String, long[]> expected, Map<String, ? extends Tensor> found) {
        WeightCheck.refuse(file, WeightCheck.check(file, expected, found), found);
    }

    /**
     * Reads tensors and refuses them if there is a number that isn't finite.
     *
     * @param tensors tensors of floats
     * @throws Diffusion4jException if one is of another type, or has such a number; the message names it
     */
    public static void requireFinite(List<FileTensor> tensors) {
        tensors.parallelStream()
                .filter(tensor -> !tensor.isFinite())
                .findFirst()
                .ifPresent(ComponentWeights::refuseNotFinite);
    }

    private static void refuseNotFinite(FileTensor tensor) {
        NotFinite.in(tensor.floats()).ifPresent(spoiled -> {
            throw FileFault.in(
                    tensor.file().path(), tensor.name(), "expected finite numbers, found " + spoiled.describe());
        });
    }

    /**
     * A weight as it is kept.
     *
     * @param tensor a tensor of floats
     * @return the tensor itself, or of a F64 an array of F32
     */
    public static WeightTensor held(FileTensor tensor) {
        // A float holds every F16 and BF16 exactly, but not every F64, which therefore becomes an F32.
        return tensor.type() == TensorType.F64 ? Tensor.of(tensor.floats()) : tensor;
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
