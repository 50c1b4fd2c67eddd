package org.diffusion4j.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a network's graph wants, and whether it gets it. */
final class NetworkInputs {
    static final String OUTPUT = "out_sample";
    static final String SAMPLE = "sample";
    private static final String TIMESTEP = "timestep";

    private final SameDiff graph;
    private final Set<String> names;

    NetworkInputs(SameDiff graph) {
        this.graph = graph;
        this.names = new TreeSet<>(graph.inputs());
    }

    /** The arrays by placeholder, in the placeholders' types. */
    Map<String, INDArray> checked(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        Map<String, INDArray> given = new HashMap<>(conditioning);
        given.put(SAMPLE, sample);
        given.put(TIMESTEP, timestep);
        if (!given.keySet().equals(names)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "inputs: expected %s, found %s", names, new TreeSet<>(given.keySet())));
        }
        Map<String, INDArray> placeholders = new HashMap<>();
        given.forEach((name, array) -> placeholders.put(name, checked(name, array, sample.size(0))));
        return placeholders;
    }

    private INDArray checked(String name, INDArray array, long batch) {
        SDVariable placeholder = graph.getVariable(name);
        long[] wanted = placeholder.getShape().clone();
        if (wanted.length > 0 && wanted[0] < 0) {
            wanted[0] = batch;
        }
        if (!Arrays.equals(wanted, array.shape())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "'%s': expected shape %s, found %s",
                    name,
                    Arrays.toString(wanted),
                    Arrays.toString(array.shape())));
        }
        return array.castTo(placeholder.dataType());
    }

    /** The gradient of an output as float32, row-major. */
    static INDArray checkedGradient(INDArray output, INDArray gradient) {
        if (!Arrays.equals(output.shape(), gradient.shape())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the output's gradient: expected shape %s, found %s",
                    Arrays.toString(output.shape()),
                    Arrays.toString(gradient.shape())));
        }
        INDArray floats = gradient.castTo(output.dataType());
        return floats.ordering() == 'c' && !floats.isView() ? floats : floats.dup('c');
    }
}
