package org.diffusion4j.graph.unet2dcondition;

import java.util.List;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;

/** An ordinary U-Net that reads texts, described by a few numbers. */
public final class ConditionShape {
    private ConditionShape() {}

    /**
     * The configuration of a shape for images of a size: where the shape has self-attention, there are transformers, which look at
     * the text, too, and so has the bottleneck.
     *
     * @param shape widths, layers and where attention is
     * @param size of the images
     * @param channels of the images
     * @param contextWidth of the text's vectors
     * @return the network's options
     * @throws IllegalArgumentException as {@link UNetShape#config}
     */
    public static UNet2DConditionConfig config(UNetShape shape, SampleSize size, int channels, int contextWidth) {
        UNetConfig plain = shape.config(size, channels);
        List<Integer> heads = plain.blockOutChannels().stream()
                .map(width -> Math.max(1, width / shape.headWidth()))
                .toList();
        return UNet2DConditionConfig.builder()
                .sampleSize(size)
                .inChannels(channels)
                .outChannels(channels)
                .downBlockTypes(plain.downBlockTypes().stream()
                        .map(type -> type == DownBlockType.ATTENTION
                                ? ConditionDownBlockType.CROSS
                                : ConditionDownBlockType.DOWN)
                        .toList())
                .upBlockTypes(plain.upBlockTypes().stream()
                        .map(type ->
                                type == UpBlockType.ATTENTION ? ConditionUpBlockType.CROSS : ConditionUpBlockType.UP)
                        .toList())
                .blockOutChannels(plain.blockOutChannels())
                .layersPerBlock(List.of(shape.layers()))
                .attentionHeadDim(heads)
                .normNumGroups(plain.normNumGroups())
                .crossAttentionDim(List.of(contextWidth))
                .build();
    }
}
