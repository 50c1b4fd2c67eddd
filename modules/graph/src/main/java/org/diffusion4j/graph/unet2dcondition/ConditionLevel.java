package org.diffusion4j.graph.unet2dcondition;

import java.util.List;
import org.diffusion4j.graph.block.AttentionSpec;

/**
 * What a level or the bottleneck of a conditional U-Net is made of, whichever way its options say it.
 *
 * @param channels its width
 * @param blocks its residual blocks
 * @param skips how many of the encoder's outputs it takes: 0 in the encoder and in the bottleneck
 * @param attention what follows each residual block; in the bottleneck the first one
 * @param heads the number of heads; 0 without attention
 * @param headWidth the width of a head; 0 without attention
 * @param transformerLayers the layers of each transformer, or a single number for all; empty without transformers
 * @param onlyContext whether no attention looks at the image
 */
public record ConditionLevel(
        int channels,
        int blocks,
        int skips,
        Attention attention,
        int heads,
        int headWidth,
        List<Integer> transformerLayers,
        boolean onlyContext) {
    /** What follows a residual block. */
    public enum Attention {
        /** Nothing. */
        NONE,
        /** Attention to the image. */
        IMAGE,
        /** Attention to the context, which in the last level of k-diffusion's comes after one to the image. */
        CONTEXT,
        /** Attention to the image and the context at once. */
        BOTH,
        /** A transformer, each layer of which has attention to the image and then to the context. */
        TRANSFORMER
    }

    /** Keeps a copy. */
    public ConditionLevel {
        transformerLayers = List.copyOf(transformerLayers);
    }

    /**
     * Whether the context enters here.
     *
     * @return true if some attention looks at it
     */
    public boolean readsContext() {
        return switch (attention) {
            case NONE, IMAGE -> false;
            case CONTEXT, BOTH -> true;
            case TRANSFORMER -> transformerLayers.stream().anyMatch(layers -> layers > 0);
        };
    }

    /**
     * A level of the encoder.
     *
     * @param config the network's options
     * @param level 0 for the largest images
     * @return what it is made of
     */
    public static ConditionLevel encoder(UNet2DConditionConfig config, int level) {
        ConditionLevels levels = config.levels();
        Attention attention =
                switch (levels.down().get(level)) {
                    case CROSS -> Attention.TRANSFORMER;
                    case ATTENTION -> Attention.IMAGE;
                    case SIMPLE_CROSS -> Attention.BOTH;
                    case K_CROSS -> Attention.CONTEXT;
                    case DOWN, RESNET, K -> Attention.NONE;
                };
        return of(
                levels.width(level),
                levels.layers(level),
                0,
                attention,
                levels.downAttention(level),
                levels.depths(level),
                levels.onlyCross(level));
    }

    /**
     * A level of the decoder.
     *
     * @param config the network's options
     * @param level 0 for the largest images, as in the encoder
     * @return what it is made of
     */
    public static ConditionLevel decoder(UNet2DConditionConfig config, int level) {
        ConditionLevels levels = config.levels();
        int index = levels.count() - 1 - level;
        Attention attention =
                switch (levels.up().get(index)) {
                    case CROSS -> Attention.TRANSFORMER;
                    case ATTENTION -> Attention.IMAGE;
                    case SIMPLE_CROSS -> Attention.BOTH;
                    case K_CROSS -> Attention.CONTEXT;
                    case UP, RESNET, K -> Attention.NONE;
                };
        int blocks = levels.upLayers(index);
        int skips = blocks;
        if (levels.isK()) {
            blocks--;
            skips = new ConditionBlocks(config).kLevels().hasSkip(index) ? 1 : 0;
        }
        return of(
                levels.width(level),
                blocks,
                skips,
                attention,
                levels.upAttention(index),
                levels.upDepths(index),
                levels.upOnlyCross(index));
    }

    /**
     * The bottleneck.
     *
     * @param config the network's options
     * @return what it is made of; null if there is none
     */
    public static ConditionLevel bottleneck(UNet2DConditionConfig config) {
        if (config.midBlockType() == null) {
            return null;
        }
        ConditionLevels levels = config.levels();
        int last = levels.count() - 1;
        Attention attention =
                switch (config.midBlockType()) {
                    case CROSS -> Attention.TRANSFORMER;
                    case SIMPLE_CROSS -> Attention.BOTH;
                    case RESNET -> Attention.NONE;
                };
        return of(
                levels.last(),
                attention == Attention.NONE ? 1 : 2,
                0,
                attention,
                levels.middleAttention(),
                levels.depths(last).subList(0, 1),
                attention == Attention.BOTH && config.middleOnlyCross());
    }

    private static ConditionLevel of(
            int channels,
            int blocks,
            int skips,
            Attention attention,
            AttentionSpec heads,
            List<Integer> layers,
            boolean onlyContext) {
        return new ConditionLevel(
                channels,
                blocks,
                skips,
                attention,
                heads == null ? 0 : heads.heads(),
                heads == null ? 0 : heads.headDim(),
                attention == Attention.TRANSFORMER ? layers : List.of(),
                onlyContext && (attention == Attention.TRANSFORMER || attention == Attention.BOTH));
    }
}
