package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.NotFinite;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The inputs of a network, read from a safetensors file. Other tensors in the file are ignored, since a reference case has
 * its inputs and outputs in one file.
 *
 * @param sample [N, C, H, W]
 * @param timestep [N]
 * @param conditioning class labels and context, if the network takes them
 */
record PredictionInputs(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
    private static final List<String> NAMES =
            List.of(UNetGraph.SAMPLE, UNetGraph.TIMESTEP, UNetGraph.CLASS_LABELS, UNetGraph.CONTEXT);

    static PredictionInputs read(Path file, UNetConfig config) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, INDArray> inputs = new HashMap<>();
            for (String name : NAMES) {
                if (reader.names().contains(name)) {
                    inputs.put(name, reader.entry(name).type().isFloat() ? reader.read(name) : reader.readLong(name));
                }
            }
            return of(file, inputs, config);
        }
    }

    private static PredictionInputs of(Path file, Map<String, INDArray> inputs, UNetConfig config) {
        checkNames(file, inputs, config);
        inputs.forEach((name, array) -> {
            Optional<NotFinite> spoiled = array.dataType().isFPType() ? NotFinite.in(array) : Optional.empty();
            if (spoiled.isPresent()) {
                throw fault(file, name, "finite numbers", spoiled.get().describe());
            }
        });
        INDArray sample = inputs.remove(UNetGraph.SAMPLE);
        if (sample.rank() != 4 || sample.size(1) != config.inChannels()) {
            throw fault(
                    file,
                    UNetGraph.SAMPLE,
                    String.format(Locale.ROOT, "shape [N, %d, H, W]", config.inChannels()),
                    "shape " + Arrays.toString(sample.shape()));
        }
        if (!sample.dataType().isFPType()) {
            throw fault(file, UNetGraph.SAMPLE, "F32 or another type with fractions", "integers");
        }
        if (sample.isEmpty()) {
            throw fault(file, UNetGraph.SAMPLE, "at least one image", "shape " + Arrays.toString(sample.shape()));
        }
        INDArray timestep = inputs.remove(UNetGraph.TIMESTEP);
        if (timestep.length() == 1) {
            // As in diffusers, one timestep may be given for all images.
            timestep = timestep.reshape(1).broadcast(sample.size(0));
        }
        if (config.timeEmbeddingType() == TimeEmbeddingType.LEARNED) {
            checkRows(file, UNetGraph.TIMESTEP, timestep, config.numTrainTimesteps());
        }
        if (config.numClassEmbeds() != null && config.classEmbedType() == null) {
            INDArray labels = inputs.get(UNetGraph.CLASS_LABELS);
            if (labels.dataType().isFPType()) {
                throw fault(file, UNetGraph.CLASS_LABELS, "I64 or other integers", "fractions");
            }
            checkRows(file, UNetGraph.CLASS_LABELS, labels, config.numClassEmbeds());
        }
        return new PredictionInputs(sample, timestep, Map.copyOf(inputs));
    }

    private static void checkNames(Path file, Map<String, INDArray> inputs, NetworkConfig config) {
        Set<String> wanted = config.inputs().stream().map(NetworkTensor::name).collect(Collectors.toSet());
        for (String name : NAMES) {
            if (wanted.contains(name) && !inputs.containsKey(name)) {
                throw fault(file, name, "such a tensor", "none");
            }
            if (!wanted.contains(name) && inputs.containsKey(name)) {
                throw fault(file, name, "none, as the model has no use for it", "one");
            }
        }
    }

    /** Refuses indices without a row in the table, which would otherwise give rows of zeros. */
    private static void checkRows(Path file, String name, INDArray indices, int rows) {
        for (long i = 0; i < indices.length(); i++) {
            double index = indices.getDouble(i);
            if (!(index >= 0 && index < rows && index == Math.rint(index))) {
                throw fault(file, name, "0 to " + (rows - 1), Double.toString(index));
            }
        }
    }

    private static Diffusion4jException fault(Path file, String name, String expected, String found) {
        return new Diffusion4jException(
                String.format(Locale.ROOT, "%s, '%s': expected %s, found %s", file, name, expected, found));
    }
}
