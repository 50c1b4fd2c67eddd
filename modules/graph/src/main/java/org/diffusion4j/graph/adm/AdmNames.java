package org.diffusion4j.graph.adm;

import java.util.Map;
import java.util.Set;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;

/** What guided-diffusion calls the layers of blocks that diffusers has as well. */
final class AdmNames {
    /** Layers are numbered among those of a sequence, activations included. */
    private static final Map<String, String> RESIDUAL_BLOCK = Map.of(
            "norm1", "in_layers.0",
            "conv1", "in_layers.2",
            "time_emb_proj", "emb_layers.1",
            "norm2", "out_layers.0",
            "conv2", "out_layers.3",
            "conv_shortcut", "skip_connection");

    private static final Map<String, String> TIME_MLP = Map.of("linear_1", "0", "linear_2", "2");

    private AdmNames() {}

    /** A residual block's scope, whose last convolution is zero before training. */
    static ParameterScope residualBlock(ParameterScope block) {
        return renamed(block, RESIDUAL_BLOCK, Set.of("conv2"));
    }

    static ParameterScope timeMlp(ParameterScope mlp) {
        return renamed(mlp, TIME_MLP, Set.of());
    }

    /** The scope of a layer that is zero before training. */
    static ParameterScope zeros(ParameterScope layer) {
        Parameters zeros = (name, initial, trainable, shape) ->
                layer.parameters().parameter(name, new Initial.Constant(0), trainable, shape);
        return new ParameterScope(zeros, layer.prefix(), layer.training(), layer.dropoutSeed());
    }

    private static ParameterScope renamed(ParameterScope block, Map<String, String> names, Set<String> zeros) {
        Parameters renaming = (name, initial, trainable, shape) -> {
            int end = name.lastIndexOf('.');
            String layer = name.substring(block.prefix().length(), end);
            return block.parameters()
                    .parameter(
                            block.prefix() + names.get(layer) + name.substring(end),
                            zeros.contains(layer) ? new Initial.Constant(0) : initial,
                            trainable,
                            shape);
        };
        return new ParameterScope(renaming, block.prefix(), block.training(), block.dropoutSeed());
    }
}
