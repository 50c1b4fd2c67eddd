package org.diffusion4j.graph.adm;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetBlock.Shortcut;
import org.diffusion4j.graph.block.ResnetBlock.SizeChange;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.block.TimeSpec;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeInjection;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What U-Nets and classifiers have in common: the embedding of the timestep, and the blocks from the image to the middle.
 *
 * @param levels their widths and attentions
 * @param dropout the share of activations dropped in training
 * @param scaleShift whether the embedding scales and shifts
 * @param resnetResampling whether residual blocks change the size between levels
 * @param convResampling whether convolutions do so, if residual blocks don't
 * @param newOrder the order of attention's projection
 */
record AdmLayers(
        AdmLevels levels,
        double dropout,
        boolean scaleShift,
        boolean resnetResampling,
        boolean convResampling,
        boolean newOrder) {
    private static final NormSpec NORM = new NormSpec(NormType.GROUP, AdmLevels.GROUPS, AdmAttention.EPS);
    private static final double LONGEST_PERIOD = 10000;

    /** The timestep's embedding, [N, timeWidth], with the cosines first. */
    ShapedVariable embedding(ParameterScope scope, SDVariable timestep, DataType type) {
        ShapedVariable waves = Embeddings.exactTimestepEmbedding(timestep, levels.modelChannels(), LONGEST_PERIOD);
        ShapedVariable typed =
                waves.dataType() == type ? waves : waves.with(waves.sameDiff().castTo(waves.variable(), type));
        return FeedForward.timeMlp(AdmNames.timeMlp(scope.child("time_embed")), typed, levels.timeWidth());
    }

    /** The images that the input blocks give, in order: the first convolution's, then each block's. */
    List<ShapedVariable> inputBlocks(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        List<ShapedVariable> images = new ArrayList<>();
        ShapedVariable h = Convolutions.conv2d(scope.child("input_blocks.0.0"), x, levels.width(0), 3);
        images.add(h);
        for (int level = 0; level < levels.count(); level++) {
            for (int block = 0; block < levels.numResBlocks(); block++) {
                ParameterScope own = scope.child("input_blocks." + images.size());
                h = residual(own.child("0"), h, embedding, levels.width(level));
                if (levels.attends(level)) {
                    h = attention(own.child("1"), h, levels.numHeads());
                }
                images.add(h);
            }
            if (level < levels.count() - 1) {
                h = smaller(scope.child("input_blocks." + images.size() + ".0"), h, embedding);
                images.add(h);
            }
        }
        return images;
    }

    ShapedVariable middle(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        ParameterScope own = scope.child("middle_block");
        int width = levels.innerWidth();
        ShapedVariable h = residual(own.child("0"), x, embedding, width);
        h = attention(own.child("1"), h, levels.numHeads());
        return residual(own.child("2"), h, embedding, width);
    }

    ShapedVariable residual(ParameterScope scope, ShapedVariable x, ShapedVariable embedding, int width) {
        return block(SizeChange.SAME, width).apply(AdmNames.residualBlock(scope), x, embedding);
    }

    ShapedVariable attention(ParameterScope scope, ShapedVariable x, int heads) {
        return new AdmAttention(levels.heads(x.size(1), heads), newOrder).apply(scope, x);
    }

    private ShapedVariable smaller(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        if (resnetResampling) {
            return block(SizeChange.AVG_POOL, (int) x.size(1)).apply(AdmNames.residualBlock(scope), x, embedding);
        }
        return convResampling ? Resampling.downsampleConv(scope.child("op"), x, x.size(1), 1) : Resampling.avgPool(x);
    }

    ShapedVariable larger(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        if (resnetResampling) {
            return block(SizeChange.NEAREST, (int) x.size(1)).apply(AdmNames.residualBlock(scope), x, embedding);
        }
        ShapedVariable twice = Resampling.upsampleNearest(x);
        return convResampling ? Convolutions.conv2d(scope.child("conv"), twice, x.size(1), 3) : twice;
    }

    private ResnetBlock block(SizeChange size, int width) {
        TimeSpec time = new TimeSpec(scaleShift ? TimeInjection.SCALE_SHIFT : TimeInjection.ADD, true);
        ResnetSpec spec = new ResnetSpec(NORM, NORM, Activation.SILU, time, dropout);
        return new ResnetBlock(spec, width, size, Shortcut.INPUT, 1);
    }
}
