package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;

import java.util.Locale;
import org.diffusion4j.graph.block.AddedContextAttention;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionMidBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.CrossAttentionNorm;
import org.diffusion4j.graph.option.NormType;

/**
 * The group norms of a conditional U-Net outside of k-diffusion's blocks, and the norm of the context in simple attention.
 *
 * @param groups of the norms; null in networks of k-diffusion's blocks only
 * @param eps added to the variance
 * @param ofContext how simple attention normalises the context; null for not at all
 */
record ConditionNorms(Integer groups, double eps, CrossAttentionNorm ofContext) {
    /** Simple attention keeps the library's own, whatever norm_eps says. */
    private static final double SIMPLE_ATTENTION_EPS = 1e-5;
    /** The groups of the bottleneck, where no number is given. */
    private static final int MOST_USUAL_GROUPS = 32;

    /** Refuses groups that don't fit one of the norms. */
    void check(ConditionLevels levels, int contextWidth) {
        require(groups == null || groups >= 1, "norm_num_groups", "at least 1", groups);
        for (int level = 0; level < levels.count(); level++) {
            if (!levels.down().get(level).isK()) {
                ofLevel(levels.width(level));
            }
            if (levels.down().get(level) == ConditionDownBlockType.SIMPLE_CROSS) {
                checkContext(levels.width(level), contextWidth);
            }
            if (levels.up().get(level) == ConditionUpBlockType.SIMPLE_CROSS) {
                checkContext(levels.upWidth(level), contextWidth);
            }
        }
        if (levels.middle() != null) {
            ofMiddle(levels.last());
            if (levels.middle() == ConditionMidBlockType.SIMPLE_CROSS) {
                checkContext(levels.last(), contextWidth);
            }
        }
        if (groups != null) {
            ofLevel(levels.width(0)); // before the last convolution
        }
    }

    private void checkContext(int channels, int contextWidth) {
        if (ofContext == CrossAttentionNorm.LAYER_NORM) {
            // Diffusers makes the norm as wide as the block.
            require(
                    channels == contextWidth,
                    "cross_attention_norm",
                    "null or group_norm where a level's width " + channels + " isn't that of the context, "
                            + contextWidth,
                    ofContext.configName());
        } else if (ofContext == CrossAttentionNorm.GROUP_NORM) {
            int fixed = AddedContextAttention.CONTEXT_GROUPS;
            require(
                    contextWidth % fixed == 0,
                    "cross_attention_dim",
                    "a multiple of " + fixed + " for group_norm",
                    contextWidth);
        }
    }

    /** The norm of a level of that width. */
    NormSpec ofLevel(int channels) {
        require(groups != null, "norm_num_groups", "a number, as not all blocks are K blocks", null);
        return of(groups, channels);
    }

    /** The norm of a bottleneck of that width. */
    NormSpec ofMiddle(int channels) {
        return of(groups != null ? groups : Math.max(1, Math.min(channels / 4, MOST_USUAL_GROUPS)), channels);
    }

    private NormSpec of(int number, int channels) {
        require(
                channels % number == 0,
                "norm_num_groups",
                String.format(Locale.ROOT, "a divisor of each level's width, such as %d", channels),
                number);
        return new NormSpec(NormType.GROUP, number, eps);
    }

    /** The norm of a simple attention. */
    static NormSpec ofSimpleAttention(NormSpec ofResnets) {
        return new NormSpec(NormType.GROUP, ofResnets.groups(), SIMPLE_ATTENTION_EPS);
    }
}
