package org.diffusion4j.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.diffusion4j.graph.block.Conditions;
import org.diffusion4j.graph.block.LevelState;
import org.diffusion4j.graph.block.MidBlock;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.nd4j.autodiff.samediff.SDVariable;

/** The network from its inputs to its output. */
final class UNetLayers {
    private final UNetConfig config;
    private final ParameterScope scope;

    UNetLayers(UNetConfig config, ParameterScope scope) {
        this.config = config;
        this.scope = scope;
    }

    /**
     * The network without its last convolution.
     *
     * @return the last convolution's input, [N, blockOutChannels[0], H, W], and the image that FIR skip blocks have summed
     *     up, [N, C', H, W]
     */
    LevelState features(UNetInputs inputs) {
        ShapedVariable sample = inputs.sample();
        checkSize(sample.size(2), sample.size(3));
        if (config.centerInputSample()) {
            sample = sample.with(sample.variable().mul(2.0).sub(1.0));
        }
        UNetBlocks blocks = new UNetBlocks(config);

        // embedding
        ShapedVariable embedding =
                TimestepEmbedding.apply(config, scope, inputs.timestep(), inputs.labels(), sample.dataType());
        Conditions conditions = new Conditions(embedding, inputs.context());

        // down
        Deque<ShapedVariable> skips = new ArrayDeque<>();
        ShapedVariable first = Convolutions.conv2d(
                scope.child("conv_in"), sample, config.blockOutChannels().get(0), 3);
        skips.push(first);
        LevelState state = new LevelState(first, sample);
        for (int level = 0; level < config.levels(); level++) { // [N, channels(level), H >> level, W >> level]
            state = blocks.down(level).apply(scope.child("down_blocks." + level), state, conditions, skips);
        }

        // middle
        MidBlock middle = blocks.middle();
        ShapedVariable x =
                middle == null ? state.hidden() : middle.apply(scope.child("mid_block"), state.hidden(), conditions);

        // up
        state = new LevelState(x, null);
        for (int index = 0; index < config.levels(); index++) {
            state = blocks.up(index).apply(scope.child("up_blocks." + index), state, conditions, skips);
        }

        ShapedVariable normalized = Norms.norm(scope.child("conv_norm_out"), state.hidden(), blocks.lastNorm());
        return new LevelState(Activations.silu(normalized), state.image());
    }

    private void checkSize(long height, long width) {
        int multiple = config.sizeMultiple();
        if (height % multiple != 0 || width % multiple != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "sample size: expected multiples of %d for %d levels, found %dx%d",
                    multiple,
                    config.levels(),
                    height,
                    width));
        }
    }

    /** The whole network, [N, C', H, W]. */
    SDVariable output(UNetInputs inputs) {
        LevelState features = features(inputs);
        SDVariable out = Convolutions.conv2d(
                        scope.child("conv_out"), features.hidden(), config.outChannels(), config.convOutKernel())
                .variable();
        if (features.image() != null) {
            out = out.add(features.image().variable());
        }
        if (config.timeEmbeddingType() == TimeEmbeddingType.FOURIER) {
            SDVariable timestep = out.getSameDiff().castTo(inputs.timestep(), out.dataType());
            out = out.div(timestep.reshape(-1, 1, 1, 1));
        }
        return out;
    }
}
