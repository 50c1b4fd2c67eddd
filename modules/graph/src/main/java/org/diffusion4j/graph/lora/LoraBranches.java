package org.diffusion4j.graph.lora;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.build.Branches;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FeedForward;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Low-rank branches of some of a network's layers. Their matrices are parameters of the graph, beside the network's own, which they
 * leave as they are. Before training, the narrow matrix is drawn as PyTorch draws a layer's and the wide one is zero, so a new
 * branch changes nothing. A branch on a layer that the network doesn't have has no parameters.
 *
 * @param byLayer the branches of each layer by its name
 */
public record LoraBranches(Map<String, List<LoraBranch>> byLayer) implements Branches {
    /** Copies the map. */
    public LoraBranches {
        Map<String, List<LoraBranch>> copy = new LinkedHashMap<>();
        byLayer.forEach((layer, branches) -> copy.put(layer, List.copyOf(branches)));
        byLayer = copy;
    }

    @Override
    public ShapedVariable beside(
            ParameterScope scope, ShapedVariable x, ShapedVariable y, Layer layer, long... weight) {
        String name = scope.prefix().substring(0, Math.max(0, scope.prefix().length() - 1));
        ShapedVariable sum = y;
        for (LoraBranch branch : byLayer.getOrDefault(name, List.of())) {
            SDVariable added = branch(scope, branch, x, layer, weight).variable();
            sum = sum.with(sum.variable().add(added));
        }
        return sum;
    }

    private static ShapedVariable branch(
            ParameterScope scope, LoraBranch branch, ShapedVariable x, Layer layer, long... weight) {
        long[] first = weight.clone();
        first[0] = branch.rank();
        long fanIn = 1;
        for (int i = 1; i < weight.length; i++) {
            fanIn *= weight[i];
        }
        ParameterScope down = scope.child("lora_A." + branch.adapter());
        ParameterScope up = scope.child("lora_B." + branch.adapter());
        ShapedVariable narrow = layer.apply(x, down.weight(fanIn, first));
        ShapedVariable scaled =
                branch.scale() == 1 ? narrow : narrow.with(narrow.variable().mul(branch.scale()));
        Initial zeros = new Initial.Constant(0);
        if (weight.length == 2) {
            return FeedForward.linear(scaled, up.parameter("weight", zeros, true, weight[0], branch.rank()), null);
        }
        SDVariable last = up.parameter("weight", zeros, true, weight[0], branch.rank(), 1, 1);
        return Convolutions.conv2d(scaled, last, null, 1, 0);
    }
}
