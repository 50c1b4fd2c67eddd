package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.block.KAttention;
import org.diffusion4j.graph.block.KDownBlock;
import org.diffusion4j.graph.block.KResnetBlock;
import org.diffusion4j.graph.block.KUpBlock;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;

/**
 * The levels of k-diffusion's blocks. They count their channels and skip connections in another way than all others, so they
 * stand in networks of their own.
 *
 * @param levels all levels of the network
 * @param embedding the width of the time embedding
 * @param eps added to the variance
 * @param activation of the residual blocks
 * @param dropout the share of activations dropped while training
 */
record KLevels(ConditionLevels levels, int embedding, double eps, Activation activation, double dropout) {
    /** Refuses levels that don't fit each other, which diffusers finds only when the network runs. */
    void check() {
        for (int level = 0; level < levels.count(); level++) {
            String found = levels.up().get(level).configName();
            require(levels.up().get(level).isK(), "up_block_types", "K blocks, as there are K blocks", found);
            found = levels.down().get(level).configName();
            require(levels.down().get(level).isK(), "down_block_types", "K blocks only", found);
        }
        boolean withoutSkip = levels.down().get(levels.count() - 1) == ConditionDownBlockType.K_CROSS;
        for (int index = 0; index < levels.count(); index++) {
            require(
                    isFirst(index) == (withoutSkip && index == 0),
                    "time_embedding_dim",
                    "the width of the last two levels, and of no others, exactly if the last level is a "
                            + ConditionDownBlockType.K_CROSS.configName(),
                    embedding);
        }
        for (int level = 0; level < levels.count(); level++) {
            down(level);
            up(level);
        }
    }

    /** A level of the encoder. */
    KDownBlock down(int level) {
        int width = levels.width(level);
        boolean last = level == levels.count() - 1;
        List<KResnetBlock> resnets = new ArrayList<>();
        for (int layer = 0; layer < levels.layers(level); layer++) {
            resnets.add(resnet(layer == 0 ? levels.width(Math.max(level - 1, 0)) : width, width, width));
        }
        KAttention attention = levels.down().get(level) == ConditionDownBlockType.K_CROSS
                ? KAttention.of(width, levels.downAttention(level).headDim(), last)
                : null;
        return new KDownBlock(resnets, attention, !last);
    }

    /** A level of the decoder. */
    KUpBlock up(int index) {
        int width = levels.upWidth(index);
        int next = next(index);
        boolean first = isFirst(index);
        boolean attends = levels.up().get(index) == ConditionUpBlockType.K_CROSS;
        int count = levels.upLayers(index) - 1;
        List<KResnetBlock> resnets = new ArrayList<>();
        List<KAttention> attentions = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            boolean last = layer == count - 1;
            int in = layer > 0 || first ? width : 2 * width;
            int out = last ? next : width;
            // With attention the last block's width changes in its second convolution, without it in its first.
            resnets.add(resnet(in, attends ? width : out, out, width / KResnetBlock.GROUP));
            if (attends) {
                attentions.add(KAttention.of(out, levels.upAttention(index).headDim(), first));
            }
        }
        return new KUpBlock(resnets, attentions, !first, index < levels.count() - 1);
    }

    /** Whether a level of the decoder takes the encoder's output of its size. */
    boolean hasSkip(int index) {
        return !isFirst(index);
    }

    /** The width of the level behind one of the decoder's. */
    private int next(int index) {
        return levels.upWidth(Math.min(index + 1, levels.count() - 1));
    }

    /** Diffusers tells by the widths alone which level begins the decoder and has no skip connection. */
    private boolean isFirst(int index) {
        return levels.up().get(index) == ConditionUpBlockType.K_CROSS
                && next(index) == levels.upWidth(index)
                && levels.upWidth(index) == embedding;
    }

    private KResnetBlock resnet(int in, int middle, int out) {
        return resnet(in, middle, out, middle / KResnetBlock.GROUP);
    }

    private KResnetBlock resnet(int in, int middle, int out, int groups2) {
        return KResnetBlock.of(in, middle, groups2, out, eps, activation, dropout);
    }
}
