package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;

/**
 * An ordinary U-Net described by a few numbers; everything else is as in Ho et al. 2020 (arXiv:2006.11239).
 *
 * @param widths the channels of each level, from the largest images to the smallest: 1 to 15 levels of 1 to 65,536
 * @param attention the image heights at which residual blocks are followed by self-attention; the bottleneck always has it
 * @param layers residual blocks per level, 1 to 32
 * @param headWidth channels of an attention head, at least 1; reduced to the width of the narrowest level if that is smaller
 */
public record UNetShape(List<Integer> widths, List<Integer> attention, int layers, int headWidth) {
    /** The largest images have 2¹⁴ pixels per side, so they can be halved 14 times. */
    private static final int MOST_LEVELS = 15;
    /** Far more than any network has, but small enough that no product of a network's sizes overflows. */
    private static final int MOST_CHANNELS = 1 << 16;

    private static final int MOST_LAYERS = 32;
    private static final int MOST_GROUPS = 32;
    /** The statistics of a group with fewer channels mean little. */
    private static final int LEAST_GROUP = 4;

    /**
     * Checks the numbers.
     *
     * @param widths see the record
     * @param attention see the record
     * @param layers see the record
     * @param headWidth see the record
     * @throws IllegalArgumentException if one is out of its range
     */
    public UNetShape {
        widths = List.copyOf(widths);
        attention = List.copyOf(attention);
        require(
                !widths.isEmpty() && widths.stream().allMatch(width -> width >= 1),
                "widths",
                "numbers from 1 on",
                widths);
        require(widths.size() <= MOST_LEVELS, "widths", "at most " + MOST_LEVELS + " of them", widths.size());
        require(
                Collections.max(widths) <= MOST_CHANNELS,
                "widths",
                "numbers up to " + MOST_CHANNELS,
                Collections.max(widths));
        require(layers >= 1, "layers", "at least 1", layers);
        require(layers <= MOST_LAYERS, "layers", "at most " + MOST_LAYERS, layers);
        require(headWidth >= 1, "head-width", "at least 1", headWidth);
    }

    /**
     * The configuration of this shape for images of a size.
     *
     * @param size of the images
     * @param channels of the images
     * @return the network's options
     * @throws IllegalArgumentException if attention is asked for at a height that no level has, or the size can't be halved
     *     once per level
     */
    public UNetConfig config(SampleSize size, int channels) {
        int multiple = 1 << Math.min(widths.size() - 1, 30); // the configuration refuses too many levels by name
        require(
                size.height() % multiple == 0 && size.width() % multiple == 0,
                "size",
                String.format(Locale.ROOT, "multiples of %d for %d widths", multiple, widths.size()),
                String.format(Locale.ROOT, "%dx%d", size.width(), size.height()));
        List<DownBlockType> down = new ArrayList<>();
        List<UpBlockType> up = new ArrayList<>();
        TreeSet<Integer> heights = new TreeSet<>();
        for (int level = 0; level < widths.size(); level++) {
            int height = size.height() >> level;
            heights.add(height);
            boolean attends = attention.contains(height);
            down.add(attends ? DownBlockType.ATTENTION : DownBlockType.DOWN);
            up.add(attends ? UpBlockType.ATTENTION : UpBlockType.UP);
        }
        require(heights.containsAll(attention), "attention", "heights of the levels, " + heights, attention);
        Collections.reverse(up);
        return UNetConfig.builder()
                .sampleSize(size)
                .inChannels(channels)
                .outChannels(channels)
                .blockOutChannels(widths)
                .downBlockTypes(down)
                .upBlockTypes(up)
                .layersPerBlock(layers)
                .attentionHeadDim(Math.min(headWidth, Collections.min(widths)))
                .normNumGroups(groups())
                .build();
    }

    /** The largest number of groups that divides all widths and leaves enough channels in every group. */
    private int groups() {
        int narrowest = Collections.min(widths);
        for (int groups = Math.min(MOST_GROUPS, Math.max(1, narrowest / LEAST_GROUP)); groups > 1; groups--) {
            int candidate = groups;
            if (widths.stream().allMatch(width -> width % candidate == 0)) {
                return groups;
            }
        }
        return 1;
    }
}
