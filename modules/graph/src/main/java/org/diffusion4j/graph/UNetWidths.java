package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;

/**
 * The number of channels that enter and leave each residual block.
 *
 * @param channels the width of each level
 * @param down types of the encoder's levels
 * @param up types of the decoder's levels, from the bottleneck outwards
 * @param layers residual blocks per level of the encoder
 * @param skipConnections whether the decoder sees the encoder's outputs
 */
record UNetWidths(
        List<Integer> channels, List<DownBlockType> down, List<UpBlockType> up, int layers, boolean skipConnections) {
    /** The largest number of levels; the smallest images are then 2^15 times lower than the largest. */
    private static final int MOST_LEVELS = 16;
    /**
     * The largest number of residual blocks in all levels of the encoder together, about ten times that of the largest
     * public networks.
     */
    private static final int MOST_LAYERS = 256;

    UNetWidths {
        int levels = channels.size();
        require(levels > 0, "block_out_channels", "at least one level", "none");
        require(levels <= MOST_LEVELS, "block_out_channels", "at most " + MOST_LEVELS + " levels", levels);
        require(down.size() == levels, "down_block_types", "one per level (" + levels + ")", down.size());
        require(up.size() == levels, "up_block_types", "one per level (" + levels + ")", up.size());
        countable("layers_per_block", layers);
        require(
                layers <= MOST_LAYERS / levels,
                "layers_per_block",
                "at most " + MOST_LAYERS / levels + " with " + levels + " levels",
                layers);
        channels.forEach(width -> countable("block_out_channels", width));
    }

    /**
     * A residual block's channels.
     *
     * @param hidden channels that the block before it gives
     * @param skip channels that the encoder gives; 0 if it gives nothing
     * @param out channels that this block gives
     */
    record Resnet(int hidden, int skip, int out) {
        int in() {
            return hidden + skip;
        }
    }

    int levels() {
        return channels.size();
    }

    int first() {
        return channels.get(0);
    }

    int last() {
        return channels.get(levels() - 1);
    }

    /** The width of a level of the decoder. */
    int upWidth(int index) {
        return channels.get(levels() - 1 - index);
    }

    /** The residual blocks of a level of the encoder. */
    List<Resnet> down(int level) {
        List<Resnet> resnets = new ArrayList<>();
        int hidden = channels.get(Math.max(level - 1, 0));
        for (int layer = 0; layer < layers; layer++) {
            resnets.add(new Resnet(hidden, 0, channels.get(level)));
            hidden = channels.get(level);
        }
        return resnets;
    }

    /**
     * The residual blocks of a level of the decoder. The skip connection of the last one is what entered the encoder's
     * level of the same size.
     */
    List<Resnet> up(int index) {
        List<Resnet> resnets = new ArrayList<>();
        int width = upWidth(index);
        int hidden = upWidth(Math.max(index - 1, 0));
        for (int layer = 0; layer <= layers; layer++) {
            int skip = layer < layers ? width : upWidth(Math.min(index + 1, levels() - 1));
            resnets.add(new Resnet(hidden, skipConnections ? skip : 0, width));
            hidden = width;
        }
        return resnets;
    }
}
