package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A case with a single op or block: its output, and its gradients if the case has them. */
final class OpCase {
    /** Ops of a kind. */
    @FunctionalInterface
    private interface Family {
        /** Builds an op from its arguments; null for an op of another family. */
        ShapedVariable of(String op, OpArguments in);
    }

    private static final List<Family> FAMILIES = List.of(
            ActivationOps::of,
            FeedForwardOps::of,
            ConvolutionOps::of,
            NormOps::of,
            ResamplingOps::of,
            EmbeddingOps::of,
            BlockOps::of);

    private final ReferenceCase reference;
    private final SameDiff sd = SameDiff.create();
    private final OpArguments arguments;

    private OpCase(ReferenceCase reference) {
        this.reference = reference;
        this.arguments = new OpArguments(reference, sd);
    }

    static List<Comparison> verify(ReferenceCase reference) {
        return new OpCase(reference).verify();
    }

    private List<Comparison> verify() {
        ShapedVariable output = output();
        arguments.checkNothingIgnored();
        Tolerance tolerance = reference.tolerance();
        INDArray expected = reference.tensor("output");
        long[] shape = output.shape();
        if (shape.length > 0 && shape[0] == -1 && expected.rank() > 0) {
            shape[0] = expected.size(0); // the batch
        }
        if (!Arrays.equals(shape, expected.shape())) { // checked before computing, since it may have any size
            return List.of(Comparison.failed(
                    "output",
                    String.format(
                            Locale.ROOT,
                            "expected shape %s, found %s",
                            Arrays.toString(expected.shape()),
                            Arrays.toString(shape))));
        }
        String name = output.variable().name();
        Comparison value = tolerance.compare("output", sd.output(Map.of(), name).get(name), expected);
        List<Comparison> result = new ArrayList<>(List.of(value));
        if (reference.has("grad_output")) {
            result.addAll(gradients(output, tolerance));
        }
        return result;
    }

    private ShapedVariable output() {
        String op = reference.setting("op").asText();
        try {
            return FAMILIES.stream()
                    .map(family -> family.of(op, arguments))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            String.format(Locale.ROOT, "expected an op that is known here, found '%s'", op)));
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: %s", reference.folder().resolve("case.json"), e.getMessage()), e);
        }
    }

    private List<Comparison> gradients(ShapedVariable output, Tolerance tolerance) {
        List<String> names = reference.tensors().keySet().stream()
                .filter(name -> name.startsWith("grad."))
                .map(name -> name.substring("grad.".length()))
                .toList();
        if (names.isEmpty()) {
            return List.of();
        }
        Map<String, INDArray> gradients =
                GraphGradients.of(sd, output.variable(), reference.tensor("grad_output"), Map.of(), names);
        List<Comparison> result = new ArrayList<>();
        for (String name : names) {
            INDArray gradient = gradients.get(name);
            String group = "grad." + name;
            result.add(
                    gradient == null
                            ? Comparison.failed(group, "the output doesn't depend on it")
                            : tolerance.compare(group, gradient, reference.tensor(group)));
        }
        return result;
    }
}
