package org.diffusion4j.weights.lora;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.lora.LoraBranch;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * Adapters that are applied to a model together. The model's own files and weights stay as they are in either of two ways:
 *
 * <ul>
 *   <li>{@linkplain #merged merged}: what the adapters add is computed in float32 whenever a weight is read, so that the network has
 *       as many layers, and takes as long, as without them;
 *   <li>{@linkplain #branched branches}: the low-rank matrices become layers beside the network's own. What isn't a product of two
 *       matrices (LoHa, LoKr, convolutions with a mid, whole differences) has no such form and is merged.
 * </ul>
 *
 * @param loras the adapters; their order doesn't matter
 */
public record LoraSet(List<ScaledLora> loras) implements AutoCloseable {
    /** No adapters. */
    public static final LoraSet NONE = new LoraSet(List.of());

    /** Copies the list. */
    public LoraSet {
        loras = List.copyOf(loras);
    }

    /**
     * Checks that the adapters fit a model. Nothing is read.
     *
     * @param components for each part of the pipeline that can be changed, the shapes of its parameters by their names
     * @throws Diffusion4jException if an adapter changes a layer that the model lacks, or one of another shape; the message names the
     *     tensor
     */
    public void requireFit(Map<String, Map<String, long[]>> components) {
        for (ScaledLora lora : loras) {
            for (LoraModule module : lora.file().modules()) {
                if (!components.containsKey(module.component())) {
                    throw FileFault.in(
                            lora.file().path(),
                            module.key(),
                            "expected a layer of " + String.join(" or ", components.keySet()) + ", found one of "
                                    + module.component());
                }
            }
            components.forEach(lora::changes);
        }
    }

    /**
     * A component's weights with what the adapters add.
     *
     * @param component the name of the pipeline's part
     * @param weights its weights, which stay open while the result is used
     * @return the weights; those that are changed are summed up in float32 when they are read, and keep their types in a file. With
     *     a scale of 0 nothing is changed.
     * @throws Diffusion4jException as for {@link #requireFit}
     */
    public Map<String, WeightTensor> merged(String component, Map<String, WeightTensor> weights) {
        return merged(weights, changes(component, weights));
    }

    private static Map<String, WeightTensor> merged(
            Map<String, WeightTensor> weights, Map<String, List<WeightChange>> changes) {
        Map<String, WeightTensor> merged = new LinkedHashMap<>(weights);
        changes.forEach((name, all) -> merged.put(name, ChangedWeight.of(weights.get(name), all)));
        return merged;
    }

    private Map<String, List<WeightChange>> changes(String component, Map<String, WeightTensor> weights) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        weights.forEach((name, weight) -> shapes.put(name, weight.shape()));
        Map<String, List<WeightChange>> changes = new LinkedHashMap<>();
        for (int i = 0; i < loras.size(); i++) {
            ScaledLora lora = loras.get(i);
            String adapter = "adapter_" + i;
            lora.changes(component, shapes).forEach((name, delta) -> {
                if (lora.scale() != 0) {
                    changes.computeIfAbsent(name, any -> new ArrayList<>())
                            .add(new WeightChange(adapter, delta, lora.scale()));
                }
            });
        }
        return changes;
    }

    /**
     * A component's weights with the adapters in a form.
     *
     * @param component the name of the pipeline's part
     * @param weights its weights, which stay open while the result is used
     * @param form how the adapters act
     * @return the weights and the branches, for a network's graph
     * @throws Diffusion4jException as for {@link #requireFit}
     */
    public AdaptedWeights adapted(String component, Map<String, WeightTensor> weights, LoraForm form) {
        return switch (form) {
            case MERGED -> new AdaptedWeights(Map.copyOf(merged(component, weights)), new LoraBranches(Map.of()));
            case BRANCHES -> branched(component, weights);
        };
    }

    /**
     * A component's weights with the adapters as branches.
     *
     * @param component the name of the pipeline's part
     * @param weights its weights, which stay open while the result is used
     * @return the weights and the branches, for a network's graph
     * @throws Diffusion4jException as for {@link #requireFit}
     */
    private AdaptedWeights branched(String component, Map<String, WeightTensor> weights) {
        Map<String, List<WeightChange>> left = new LinkedHashMap<>();
        Map<String, WeightSource> matrices = new LinkedHashMap<>();
        Map<String, List<LoraBranch>> branches = new LinkedHashMap<>();
        changes(component, weights).forEach((name, all) -> {
            String layer = ModuleNames.layer(name);
            for (WeightChange change : all) {
                if (change.delta() instanceof LowRankDelta low && low.mid() == null) {
                    LoraBranch branch = new LoraBranch(change.adapter(), low.rank(), low.factor() * change.scale());
                    branches.computeIfAbsent(layer, any -> new ArrayList<>()).add(branch);
                    long[] shape = weights.get(name).shape();
                    long out = shape[0];
                    shape[0] = low.rank();
                    matrices.put(branch.down(layer), new ReshapedWeight(low.down(), shape));
                    long[] wide = shape.length == 2 ? new long[] {out, low.rank()} : new long[] {out, low.rank(), 1, 1};
                    matrices.put(branch.up(layer), new ReshapedWeight(low.up(), wide));
                } else {
                    left.computeIfAbsent(name, any -> new ArrayList<>()).add(change);
                }
            }
        });
        matrices.putAll(merged(weights, left));
        return new AdaptedWeights(matrices, new LoraBranches(branches));
    }

    /** Closes the adapters' files. */
    @Override
    public void close() {
        loras.forEach(lora -> lora.file().close());
    }
}
