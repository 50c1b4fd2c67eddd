package org.diffusion4j.graph;

/** The attention after a residual block: to the image itself, then to the context where there is one. */
final class Attentions {
    private Attentions() {}

    static ShapedVariable apply(
            UNetConfig config,
            ParameterScope scope,
            int layer,
            ShapedVariable x,
            ShapedVariable context,
            Integer groups,
            double factor) {
        AttentionBlock block = AttentionBlock.of(config, (int) x.size(1), groups, factor);
        ShapedVariable y = block.apply(scope.child("attentions." + layer), x, null);
        return context == null ? y : block.apply(scope.child("cross_attentions." + layer), y, context);
    }
}
