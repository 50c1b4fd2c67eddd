package org.diffusion4j.graph;

/** The bottleneck: a residual block, attention, a residual block. */
final class MidBlock {
    private MidBlock() {}

    /** Adds the bottleneck to the graph; it keeps the shape. */
    static ShapedVariable apply(
            UNetConfig config,
            ParameterScope scope,
            ShapedVariable x,
            ShapedVariable embedding,
            ShapedVariable context) {
        int channels = (int) x.size(1);
        double factor = config.midBlockScaleFactor();
        ResnetBlock resnet = ResnetBlock.of(config, channels).outputScaleFactor(factor);
        x = resnet.apply(scope.child("resnets.0"), x, embedding);
        if (config.addAttention()) {
            x = Attentions.apply(config, scope, 0, x, context, attentionGroups(config, resnet), factor);
        }
        return resnet.apply(scope.child("resnets.1"), x, embedding);
    }

    /** With scale_shift diffusers has no norm here unless the groups are given. */
    private static Integer attentionGroups(UNetConfig config, ResnetBlock resnet) {
        if (config.attnNormNumGroups() != null) {
            return config.attnNormNumGroups();
        }
        return config.resnetTimeScaleShift() == TimeInjection.SCALE_SHIFT ? null : (Integer) resnet.groups();
    }
}
