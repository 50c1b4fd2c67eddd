package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.require;

import java.util.Locale;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.MidBlockType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.UpBlockType;

/**
 * The norms of a network. They have the configured number of groups; in FIR skip blocks they have the number that diffusers
 * computes.
 *
 * @param type the kind of all norms
 * @param eps added to the variance in all norms
 * @param groups groups of the norms outside of skip blocks; may be null only if all blocks are skip blocks
 * @param middleAttentionGroups groups of the norm in the bottleneck's attention; null for as many as the others have
 */
record UNetNorms(NormType type, double eps, Integer groups, Integer middleAttentionGroups) {
    /** The number of groups that diffusers uses in the attention of skip blocks. */
    private static final int SKIP_ATTENTION_GROUPS = 32;

    /** Refuses a number of groups that doesn't fit one of the network's norms. */
    void check(UNetWidths widths, MidBlockType middle, boolean middleAttention) {
        for (int level = 0; level < widths.levels(); level++) {
            DownBlockType down = widths.down().get(level);
            widths.down(level).forEach(resnet -> ofResnet(down, resnet));
            attention(down, widths.channels().get(level));
            UpBlockType up = widths.up().get(level);
            widths.up(level).forEach(resnet -> ofResnet(up, resnet));
            attention(up, widths.upWidth(level));
        }
        if (middle != null) {
            NormSpec ofResnets = plainOrSkip(widths.last(), middle.configName());
            if (middleAttention) {
                middleAttention(widths.last(), false, ofResnets);
            }
        }
        last(widths.first());
    }

    /** The two norms of a residual block in the encoder. */
    Pair ofResnet(DownBlockType block, UNetWidths.Resnet widths) {
        return block.isSkip()
                ? new Pair(skip(widths.in()), skip(widths.out()))
                : new Pair(plain(widths.in(), block.configName()), plain(widths.out(), block.configName()));
    }

    /**
     * The two norms of a residual block in the decoder. In a skip block with attention the first norm has {@code hidden +
     * skip // 4} groups: diffusers' formula has no parentheses.
     */
    Pair ofResnet(UpBlockType block, UNetWidths.Resnet widths) {
        if (!block.isSkip()) {
            return new Pair(plain(widths.in(), block.configName()), plain(widths.out(), block.configName()));
        }
        int first = block.attends() ? Math.min(widths.hidden() + widths.skip() / 4, 32) : skipGroups(widths.in());
        return new Pair(skip(widths.in(), first), skip(widths.out()));
    }

    /** The norms of a residual block. */
    record Pair(NormSpec first, NormSpec second) {}

    /** The norm of the attention in a level of the encoder; null if the level has no attention. */
    NormSpec attention(DownBlockType block, int channels) {
        return block.attends() ? attention(block.isSkip(), block.configName(), channels) : null;
    }

    /** The norm of the attention in a level of the decoder; null if the level has no attention. */
    NormSpec attention(UpBlockType block, int channels) {
        return block.attends() ? attention(block.isSkip(), block.configName(), channels) : null;
    }

    private NormSpec attention(boolean skip, String block, int channels) {
        if (!skip) {
            return groups == null ? null : plain(channels, block);
        }
        require(channels % SKIP_ATTENTION_GROUPS == 0, "block_out_channels", "a multiple of 32 in " + block, channels);
        return new NormSpec(type, SKIP_ATTENTION_GROUPS, eps);
    }

    /** The norm of the bottleneck's attention; null if it has none. */
    NormSpec middleAttention(int channels, boolean scaleShift, NormSpec ofResnets) {
        if (middleAttentionGroups == null) {
            return scaleShift ? null : ofResnets; // as in diffusers
        }
        require(
                type != NormType.GROUP || channels % middleAttentionGroups == 0,
                "attn_norm_num_groups",
                "a divisor of the last level's width " + channels,
                middleAttentionGroups);
        return new NormSpec(type, middleAttentionGroups, eps);
    }

    /** The norm before the last convolution. */
    NormSpec last(int channels) {
        return plainOrSkip(channels, "conv_norm_out");
    }

    /** A norm outside of the levels; networks of skip blocks have such norms, too. */
    NormSpec plainOrSkip(int channels, String block) {
        return groups == null ? skip(channels) : plain(channels, block);
    }

    /** A norm in a block that isn't a skip block. */
    NormSpec plain(int channels, String block) {
        if (type == NormType.GROUP) {
            require(groups != null, "norm_num_groups", "a number, as there is a " + block, null);
            require(
                    channels % groups == 0,
                    "norm_num_groups",
                    String.format(Locale.ROOT, "a divisor of %d (%s)", channels, block),
                    groups);
        }
        return new NormSpec(type, groups == null ? 1 : groups, eps);
    }

    /** A norm in a skip block. */
    NormSpec skip(int channels) {
        return skip(channels, skipGroups(channels));
    }

    private NormSpec skip(int channels, int skipGroups) {
        require(
                type != NormType.GROUP || (skipGroups > 0 && channels % skipGroups == 0),
                "block_out_channels",
                String.format(Locale.ROOT, "widths that the skip blocks' %d groups divide", skipGroups),
                channels);
        return new NormSpec(type, skipGroups, eps);
    }

    private static int skipGroups(int channels) {
        return Math.min(channels / 4, 32);
    }
}
