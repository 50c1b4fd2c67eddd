package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;
import static org.diffusion4j.graph.OptionCheck.countable;

import java.util.List;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionMidBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;

/**
 * The levels of a conditional U-Net.
 *
 * @param widths the width of each level
 * @param down types of the encoder's levels
 * @param middle type of the bottleneck; null for none
 * @param up types of the decoder's levels, from the bottleneck outwards
 * @param layers residual blocks per level of the encoder
 * @param onlyCross whether a level's first attention looks at the context
 * @param heads number of heads in transformers, width of a head elsewhere
 * @param transformers layers of each transformer of the encoder
 * @param upTransformers the same for the decoder, from the bottleneck outwards; null for the encoder's, in reverse
 */
record ConditionLevels(
        List<Integer> widths,
        List<ConditionDownBlockType> down,
        ConditionMidBlockType middle,
        List<ConditionUpBlockType> up,
        List<Integer> layers,
        List<Boolean> onlyCross,
        List<Integer> heads,
        List<List<Integer>> transformers,
        List<List<Integer>> upTransformers) {
    /** The largest number of levels; the smallest images are then 2^15 times lower than the largest. */
    private static final int MOST_LEVELS = 16;
    /** The largest number of residual blocks in the encoder, about ten times that of the largest public networks. */
    private static final int MOST_LAYERS = 256;
    /** The largest number of layers of all transformers of an encoder or a decoder; the largest public networks have some 40. */
    private static final int MOST_TRANSFORMER_LAYERS = 512;

    private static final String HEADS = "attention_head_dim";
    private static final String TRANSFORMERS = "transformer_layers_per_block";
    private static final String UP_TRANSFORMERS = "reverse_transformer_layers_per_block";

    ConditionLevels {
        int levels = widths.size();
        requireWithin("block_out_channels", 1, MOST_LEVELS, levels);
        require(down.size() == levels, "down_block_types", "one per level (" + levels + ")", down.size());
        require(up.size() == levels, "up_block_types", "one per level (" + levels + ")", up.size());
        widths.forEach(width -> countable("block_out_channels", width));
        PerLevel.check("only_cross_attention", onlyCross, levels, each -> {});
        PerLevel.check(HEADS, heads, levels, each -> countable(HEADS, each));
        PerLevel.check(
                "layers_per_block", layers, levels, each -> requireWithin("layers_per_block", 1, MOST_LAYERS, each));
        PerLevel.check(TRANSFORMERS, transformers, levels, each -> {});
        if (upTransformers != null) {
            PerLevel.check(UP_TRANSFORMERS, upTransformers, levels, each -> {});
        }
    }

    /** Refuses levels that don't fit each other or the heads; diffusers finds some of it only when the network runs. */
    void check() {
        int residual = 0;
        int inTransformers = 0;
        int inUpTransformers = 0;
        for (int level = 0; level < count(); level++) {
            residual += layers(level);
            inTransformers += checkDepths(TRANSFORMERS, PerLevel.at(transformers, level), layers(level));
            inUpTransformers += upTransformers == null
                    ? checkReversed(PerLevel.at(transformers, level), layers(level))
                    : checkDepths(UP_TRANSFORMERS, PerLevel.at(upTransformers, level), layers(count() - 1 - level) + 1);
            downAttention(level);
            upAttention(level);
        }
        middleAttention();
        requireWithin("layers_per_block", 1, MOST_LAYERS, residual);
        requireWithin(TRANSFORMERS, 0, MOST_TRANSFORMER_LAYERS, Math.max(inTransformers, inUpTransformers));
    }

    private static int checkDepths(String option, List<Integer> depths, int blocks) {
        require(
                depths.size() == 1 || depths.size() == blocks,
                option,
                "a single number, or one for each of a level's " + blocks + " residual blocks",
                depths.size());
        depths.forEach(depth -> requireWithin(option, 0, MOST_TRANSFORMER_LAYERS, depth));
        return depths.size() == 1
                ? Math.multiplyExact(depths.get(0), blocks)
                : depths.stream().mapToInt(Integer::intValue).sum();
    }

    private static int checkReversed(List<Integer> depths, int layers) {
        require(
                depths.size() == 1,
                UP_TRANSFORMERS,
                "a list, as " + TRANSFORMERS + " has several numbers for a level",
                null);
        return checkDepths(TRANSFORMERS, depths, layers + 1);
    }

    int count() {
        return widths.size();
    }

    int width(int level) {
        return widths.get(level);
    }

    int last() {
        return width(count() - 1);
    }

    /** The width of a level of the decoder. */
    int upWidth(int index) {
        return width(count() - 1 - index);
    }

    /** The residual blocks of a level of the encoder. */
    int layers(int level) {
        return PerLevel.at(layers, level);
    }

    /** The residual blocks of a level of the decoder. */
    int upLayers(int index) {
        return layers(count() - 1 - index) + 1;
    }

    boolean onlyCross(int level) {
        return PerLevel.at(onlyCross, level);
    }

    boolean upOnlyCross(int index) {
        return onlyCross(count() - 1 - index);
    }

    /** The depths of the transformers of a level of the encoder: a single one, or one after each residual block. */
    List<Integer> depths(int level) {
        return PerLevel.at(transformers, level);
    }

    List<Integer> upDepths(int index) {
        return upTransformers == null ? depths(count() - 1 - index) : PerLevel.at(upTransformers, index);
    }

    /** Whether the levels are k-diffusion's; there are none beside them. */
    boolean isK() {
        return down.get(0).isK();
    }

    /** The heads of a level of the encoder; null if it has no attention. */
    AttentionSpec downAttention(int level) {
        int given = PerLevel.at(heads, level);
        int channels = width(level);
        String block = down.get(level).configName();
        return switch (down.get(level)) {
            case CROSS -> asMany(given, channels, block);
            case ATTENTION, K_CROSS -> asWide(given, channels, block);
            case SIMPLE_CROSS -> dividing(given, channels, block);
            case DOWN, RESNET, K -> null;
        };
    }

    /** The heads of a level of the decoder; null if it has no attention. */
    AttentionSpec upAttention(int index) {
        int channels = upWidth(index);
        String block = up.get(index).configName();
        // As in diffusers, only a number of heads is the same on both sides: widths are taken in the list's own order.
        int width = PerLevel.at(heads, index);
        return switch (up.get(index)) {
            case CROSS -> asMany(PerLevel.at(heads, count() - 1 - index), channels, block);
            case ATTENTION, K_CROSS -> asWide(width, channels, block);
            case SIMPLE_CROSS -> dividing(width, channels, block);
            case UP, RESNET, K -> null;
        };
    }

    /** The heads of the bottleneck; null if it has no attention. */
    AttentionSpec middleAttention() {
        if (middle == null) {
            return null;
        }
        int given = PerLevel.at(heads, count() - 1);
        return switch (middle) {
            case CROSS -> asMany(given, last(), middle.configName());
            case SIMPLE_CROSS -> dividing(given, last(), middle.configName());
            case RESNET -> null;
        };
    }

    private static AttentionSpec asMany(int heads, int channels, String block) {
        require(heads <= channels, HEADS, "at most the " + channels + " channels of " + block, heads);
        return new AttentionSpec(heads, channels / heads, false);
    }

    private static AttentionSpec asWide(int width, int channels, String block) {
        require(width <= channels, HEADS, "at most the " + channels + " channels of " + block, width);
        return new AttentionSpec(channels / width, width, true);
    }

    private static AttentionSpec dividing(int width, int channels, String block) {
        require(channels % width == 0, HEADS, "a divisor of the " + channels + " channels of " + block, width);
        return asWide(width, channels, block);
    }
}
