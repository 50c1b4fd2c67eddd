package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A whole U-Net: its output, and its gradients if the case has them. */
final class UNet2dCase {
    private static final String GRADIENT = "grad.";

    private UNet2dCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (DiffusersModel model = DiffusersFolder.read(reference.folder())) {
            return verify(model, reference, engines);
        }
    }

    private static List<Comparison> verify(DiffusersModel model, ReferenceCase reference, Engines engines) {
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
        try (NoisePredictor network = engines.open(graph(model, sample, conditioning))) {
            result.add(tolerance.compare(
                    UNetGraph.OUTPUT,
                    network.predict(sample, timestep, conditioning),
                    reference.tensor(UNetGraph.OUTPUT)));
        }
        if (reference.has("grad_output") && engines.haveGradients()) {
            SameDiff graph = graph(model, sample, conditioning);
            FlatParameters parameters = new FlatParameters(graph);
            try (GradientEngine gradients = engines.openGradients(graph, parameters, reference.has("grad_sample"))) {
                INDArray sampleGradient =
                        gradients.accumulate(sample, timestep, conditioning, output -> reference.tensor("grad_output"));
                result.addAll(gradients(reference, parameters, sampleGradient));
            }
        }
        return result;
    }

    private static SameDiff graph(DiffusersModel model, INDArray sample, Map<String, INDArray> conditioning) {
        UNetGraph graph = UNetGraph.of(model.config())
                .size((int) sample.size(2), (int) sample.size(3))
                .sharedWeights(model.tensors());
        INDArray context = conditioning.get(UNetGraph.CONTEXT);
        return (context == null ? graph : graph.contextLength((int) context.size(1))).build();
    }

    /** Repeats a single timestep for all images, as diffusers does. */
    private static INDArray oneAnImage(INDArray timestep, long images) {
        return timestep.rank() == 0 || (timestep.length() == 1 && images > 1)
                ? Nd4j.valueArrayOf(new long[] {images}, timestep.getDouble(0), timestep.dataType())
                : timestep;
    }

    private static List<Comparison> gradients(
            ReferenceCase reference, FlatParameters parameters, INDArray sampleGradient) {
        Tolerance tolerance =
                reference.tolerance().withAtol(reference.part("tolerance").number("grad_atol"));
        List<Comparison> result = new ArrayList<>();
        if (sampleGradient != null) {
            result.add(tolerance.compare("grad_sample", sampleGradient, reference.tensor("grad_sample")));
        }
        result.add(Comparison.worst(
                "grad.*",
                reference.tensors().keySet().stream()
                        .filter(name -> name.startsWith(GRADIENT))
                        .map(name -> compare(tolerance, parameters, name, reference.tensor(name)))
                        .toList()));
        return result;
    }

    private static Comparison compare(
            Tolerance tolerance, FlatParameters parameters, String tensor, INDArray expected) {
        String parameter = tensor.substring(GRADIENT.length());
        return parameters.names().contains(parameter)
                ? tolerance.compare(tensor, parameters.view(parameters.gradients(), parameter), expected)
                : Comparison.failed(tensor, "no gradient");
    }
}
