package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.require;

import org.diffusion4j.graph.block.AttentionSpec;

/**
 * The heads of a network's attention.
 *
 * @param headDim width of a head; null for one head
 * @param heads number of heads, in place of their width; null if headDim decides
 */
record UNetHeads(Integer headDim, Integer heads) {
    /** Refuses a number or width of heads that doesn't fit one of the network's attention blocks. */
    void check(UNetWidths widths, boolean middleAttention) {
        for (int level = 0; level < widths.levels(); level++) {
            boolean last = level == widths.levels() - 1;
            if (widths.down().get(level).attends()
                    || widths.up().get(widths.levels() - 1 - level).attends()
                    || (last && middleAttention)) {
                of(widths.channels().get(level));
            }
        }
    }

    /** Attention in a level of that width. */
    AttentionSpec of(int channels) {
        if (heads != null) {
            require(channels % heads == 0, "num_attention_heads", "a divisor of the level's width " + channels, heads);
        } else if (headDim != null) {
            require(headDim <= channels, "attention_head_dim", "at most the level's width " + channels, headDim);
        }
        return new AttentionSpec(number(channels), width(channels), true);
    }

    /** The number of heads in a level of that width. */
    int number(int channels) {
        return heads != null ? heads : channels / width(channels);
    }

    /** The width of a head in a level of that width. */
    int width(int channels) {
        return heads != null ? channels / heads : headDim != null ? headDim : channels;
    }
}
