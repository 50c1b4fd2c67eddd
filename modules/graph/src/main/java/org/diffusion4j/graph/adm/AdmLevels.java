package org.diffusion4j.graph.adm;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;
import static org.diffusion4j.graph.OptionCheck.countable;

import java.util.List;

/**
 * The levels of a network, from the outermost inwards: how wide they are, and where they attend with how many heads.
 *
 * @param modelChannels the width that channelMult multiplies
 * @param channelMult a factor for each level
 * @param numResBlocks residual blocks of each level on the way down
 * @param attentionResolutions by how many times smaller images are that attend to themselves
 * @param numHeads heads of each attention; ignored if there is a width of heads
 * @param numHeadChannels the width of a head, or {@link #NO_WIDTH}
 */
record AdmLevels(
        int modelChannels,
        List<Double> channelMult,
        int numResBlocks,
        List<Integer> attentionResolutions,
        int numHeads,
        int numHeadChannels) {
    /** What stands for a number that isn't given. */
    static final int NO_WIDTH = -1;

    /** The groups of every group norm. */
    static final int GROUPS = 32;

    private static final int MOST_LEVELS = 15;
    private static final int MOST_BLOCKS = 64;
    private static final double MOST_FACTOR = 1 << 10;

    /** Refuses levels that no network has; the message names the option. */
    void check() {
        countable("model_channels", modelChannels);
        requireWithin("num_res_blocks", 1, MOST_BLOCKS, numResBlocks);
        require(!channelMult.isEmpty(), "channel_mult", "at least one level", "none");
        require(channelMult.size() <= MOST_LEVELS, "channel_mult", "at most " + MOST_LEVELS + " levels", count());
        for (double factor : channelMult) {
            require(factor > 0 && factor <= MOST_FACTOR, "channel_mult", "positive factors up to 1024", factor);
        }
        for (int level = 0; level < count(); level++) {
            require(
                    width(level) > 0 && width(level) % GROUPS == 0,
                    "channel_mult",
                    "factors that make multiples of " + GROUPS + " of model_channels " + modelChannels,
                    channelMult.get(level));
            if (attends(level) || level == count() - 1) {
                checkHeads(width(level), numHeads, "num_heads");
            }
        }
    }

    /** Refuses heads that a width can't be divided into. */
    void checkHeads(int width, int heads, String option) {
        if (numHeadChannels == NO_WIDTH) {
            countable(option, heads);
            require(width % heads == 0, option, "a divisor of the width " + width, heads);
        } else {
            countable("num_head_channels", numHeadChannels);
            require(
                    width % numHeadChannels == 0,
                    "num_head_channels",
                    "-1 or a divisor of the width " + width,
                    numHeadChannels);
        }
    }

    int count() {
        return channelMult.size();
    }

    /** The channels of a level; as in Python, a fraction of a channel is dropped. */
    int width(int level) {
        return (int) (channelMult.get(level) * modelChannels);
    }

    int innerWidth() {
        return width(count() - 1);
    }

    int timeWidth() {
        return 4 * modelChannels;
    }

    /** Whether a level attends to its images. */
    boolean attends(int level) {
        return attentionResolutions.contains(1 << level);
    }

    /** By how much the size of images has to be divisible. */
    int sizeMultiple() {
        return 1 << (count() - 1);
    }

    /** The number of heads for a width, of which there are {@code given} unless their width is given. */
    int heads(long width, int given) {
        return numHeadChannels == NO_WIDTH ? given : (int) width / numHeadChannels;
    }
}
