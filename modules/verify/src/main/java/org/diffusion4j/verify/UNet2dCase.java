package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A whole U-Net: its output by the engine, and its gradients where the case has them. */
final class UNet2dCase {
    private static final String GRADIENT = "grad.";

    private UNet2dCase() {}

    static List<Comparison> verify(ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        DiffusersModel model = DiffusersFolder.read(reference.folder());
        INDArray sample = reference.tensor(UNetGraph.SAMPLE);
        INDArray timestep = oneAnImage(reference.tensor(UNetGraph.TIMESTEP), sample.size(0));
        Map<String, INDArray> conditioning = new HashMap<>();
        for (String name : List.of(UNetGraph.CLASS_LABELS, UNetGraph.CONTEXT)) {
            if (reference.has(name)) {
                conditioning.put(name, reference.tensor(name));
            }
        }
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        try (NoisePredictor network = engine.apply(graph(model, sample, conditioning))) {
            result.add(tolerance.compare(
                    UNetGraph.OUTPUT,
                    network.predict(sample, timestep, conditioning),
                    reference.tensor(UNetGraph.OUTPUT)));
        }
        if (reference.has("grad_output")) {
            Map<String, INDArray> inputs = new HashMap<>(conditioning);
            inputs.put(UNetGraph.SAMPLE, sample);
            inputs.put(UNetGraph.TIMESTEP, timestep);
            result.addAll(gradients(reference, graph(model, sample, conditioning), inputs));
        }
        return result;
    }

    private static SameDiff graph(DiffusersModel model, INDArray sample, Map<String, INDArray> conditioning) {
        UNetGraph graph = UNetGraph.of(model.config())
                .size((int) sample.size(2), (int) sample.size(3))
                .weights(model.weights());
        INDArray context = conditioning.get(UNetGraph.CONTEXT);
        return (context == null ? graph : graph.contextLength((int) context.size(1))).build();
    }

    /** Diffusers takes one timestep for all images, too. */
    private static INDArray oneAnImage(INDArray timestep, long images) {
        return timestep.rank() == 0 || (timestep.length() == 1 && images > 1)
                ? Nd4j.valueArrayOf(new long[] {images}, timestep.getDouble(0), timestep.dataType())
                : timestep;
    }

    private static List<Comparison> gradients(ReferenceCase reference, SameDiff sd, Map<String, INDArray> inputs) {
        Tolerance tolerance = reference
                .tolerance()
                .withAtol(reference.setting("tolerance").get("grad_atol").asDouble());
        List<String> parameters = reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(GRADIENT))
                .map(name -> name.substring(GRADIENT.length()))
                .toList();
        List<String> all = new ArrayList<>(parameters);
        if (reference.has("grad_sample")) {
            all.add(UNetGraph.SAMPLE);
        }
        Map<String, INDArray> gradients = Gradients.of(
                sd, sd.getVariable(UNetGraph.OUTPUT), reference.tensor("grad_output"), inputs, new TreeSet<>(all));
        List<Comparison> result = new ArrayList<>();
        if (reference.has("grad_sample")) {
            result.add(compare(tolerance, gradients, UNetGraph.SAMPLE, "grad_sample", reference));
        }
        result.add(Comparison.worst(
                "grad.*",
                parameters.stream()
                        .map(name -> compare(tolerance, gradients, name, GRADIENT + name, reference))
                        .toList()));
        return result;
    }

    private static Comparison compare(
            Tolerance tolerance,
            Map<String, INDArray> gradients,
            String variable,
            String tensor,
            ReferenceCase reference) {
        INDArray gradient = gradients.get(variable);
        return gradient == null
                ? Comparison.failed(tensor, "no gradient")
                : tolerance.compare(tensor, gradient, reference.tensor(tensor));
    }
}
