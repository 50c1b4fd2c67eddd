package org.diffusion4j.verify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraForm;
import org.diffusion4j.weights.lora.LoraSet;
import org.diffusion4j.weights.lora.ScaledLora;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter of a model that stands beside the case: the merged weights, and the results with merged weights and with branches, whose
 * difference must be small, too; or that it is refused.
 */
final class LoraCase {
    /** What merged weights and branches may differ by. */
    private static final double SAME = 1e-5;

    private final ReferenceCase reference;
    private final LoraModel model;
    private final LoraFile file;
    private final Engines engines;

    private LoraCase(ReferenceCase reference, LoraModel model, LoraFile file, Engines engines) {
        this.reference = reference;
        this.model = model;
        this.file = file;
        this.engines = engines;
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        CaseOptions options = reference.whole();
        Path base = reference.folder().toAbsolutePath().normalize().resolveSibling(options.text("base"));
        Path file = reference.folder().resolve(options.text("file"));
        try (LoraModel model = LoraModel.read(ReferenceCase.read(base))) {
            if (options.has("expected")) {
                return List.of(refusal(options.text("expected"), file, model));
            }
            try (LoraFile lora = LoraFile.open(file)) {
                return new LoraCase(reference, model, lora, engines).verify(options);
            }
        }
    }

    private static Comparison refusal(String expected, Path file, LoraModel model) {
        if (!expected.equals("refused")) {
            return Comparison.failed("expected", "an expectation that is unknown here: " + expected);
        }
        try (LoraFile lora = LoraFile.open(file)) {
            new LoraSet(List.of(new ScaledLora(lora, 1))).requireFit(model.shapes());
            return Comparison.failed("refused", "it is accepted");
        } catch (Diffusion4jException e) {
            return new Comparison("refused", 0, true, e.getMessage());
        }
    }

    private List<Comparison> verify(CaseOptions options) {
        List<Comparison> result = new ArrayList<>();
        String format = file.format().label();
        result.add(
                format.equals(options.text("format"))
                        ? new Comparison("format", 0, true, "")
                        : Comparison.failed("format", "found " + format));
        result.add(nothing());
        Set<String> compared = new TreeSet<>();
        for (double scale : options.numbers("scales")) {
            String name = "scale" + (scale == Math.rint(scale) ? Long.toString((long) scale) : Double.toString(scale));
            result.addAll(verify(name, scale, compared));
        }
        reference.tensors().keySet().stream()
                .filter(name -> name.startsWith("scale") && !compared.contains(name))
                .forEach(name -> result.add(Comparison.failed(name, "nothing of this name is computed")));
        return result;
    }

    /** With a scale of 0 the weights are the base's own. */
    private Comparison nothing() {
        LoraSet set = new LoraSet(List.of(new ScaledLora(file, 0)));
        set.requireFit(model.shapes());
        boolean same = model.components().entrySet().stream()
                .allMatch(each -> set.merged(each.getKey(), each.getValue().tensors())
                        .equals(each.getValue().tensors()));
        return same ? new Comparison("scale0", 0, true, "") : Comparison.failed("scale0", "a weight is changed");
    }

    private List<Comparison> verify(String name, double scale, Set<String> compared) {
        LoraSet set = new LoraSet(List.of(new ScaledLora(file, scale)));
        set.requireFit(model.shapes());
        Map<String, AdaptedWeights> merged = new LinkedHashMap<>();
        Map<String, AdaptedWeights> branched = new LinkedHashMap<>();
        List<Comparison> weights = new ArrayList<>();
        Set<String> changed = new TreeSet<>();
        model.components().forEach((part, component) -> {
            Map<String, WeightTensor> tensors = set.merged(part, component.tensors());
            merged.put(part, set.adapted(part, component.tensors(), LoraForm.MERGED));
            branched.put(part, set.adapted(part, component.tensors(), LoraForm.BRANCHES));
            tensors.forEach((parameter, tensor) -> {
                String stored = name + "/" + part + "/" + parameter;
                if (tensor != component.tensors().get(parameter)) {
                    changed.add(stored);
                }
                if (reference.has(stored)) {
                    compared.add(stored);
                    weights.add(tensor.use(
                            found -> reference.tolerance().compare(stored, found, reference.tensor(stored))));
                }
            });
        });
        List<Comparison> result = new ArrayList<>();
        result.add(Comparison.worst(name + "/*", weights));
        result.add(unchanged(name, changed));
        Map<String, INDArray> withMerged = model.run(reference, merged, engines);
        Map<String, INDArray> withBranches = model.run(reference, branched, engines);
        Tolerance tolerance = reference.tolerance("output_tolerance");
        withMerged.forEach((output, found) -> {
            INDArray expected = reference.tensor(name + "." + output);
            compared.add(name + "." + output);
            result.add(tolerance.compare(name + "." + output, found, expected));
            INDArray other = withBranches.get(output);
            result.add(tolerance.compare(name + "." + output + ", branches", other, expected));
            result.add(
                    new Tolerance(SAME, SAME, 1).compare(name + "." + output + ", branches and merged", other, found));
        });
        return result;
    }

    /** The case has all merged weights of scale 1, so no other one may be changed. */
    private Comparison unchanged(String name, Set<String> changed) {
        Set<String> others = changed.stream()
                .filter(parameter -> name.equals("scale1") && !reference.has(parameter))
                .collect(Collectors.toCollection(TreeSet::new));
        return others.isEmpty()
                ? new Comparison(name + ", other weights", 0, true, "")
                : Comparison.failed(name + ", other weights", "changed: " + others);
    }
}
