package org.diffusion4j.graph;

import java.util.List;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;

/** Networks whose sizes have proved themselves. They are a starting point for your own. */
public enum UNetPreset {
    /** 45 thousand parameters, 8×8 RGB: for tests and first steps. */
    TINY(UNetConfig.builder()
            .sampleSize(SampleSize.square(8))
            .blockOutChannels(List.of(8, 16))
            .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.ATTENTION))
            .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP))
            .layersPerBlock(1)
            .normNumGroups(4)
            .build()),

    /** 1.6 million parameters, 32×32 grey: digits, icons. */
    SMALL(UNetConfig.builder()
            .sampleSize(SampleSize.square(32))
            .inChannels(1)
            .outChannels(1)
            .blockOutChannels(List.of(32, 64, 64))
            .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.DOWN, DownBlockType.ATTENTION))
            .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP, UpBlockType.UP))
            .normNumGroups(8)
            .build()),

    /** 35.7 million parameters, 32×32 RGB: the CIFAR-10 network of Ho et al. 2020 (arXiv:2006.11239). */
    CIFAR10(UNetConfig.builder()
            .sampleSize(SampleSize.square(32))
            .blockOutChannels(List.of(128, 256, 256, 256))
            .downBlockTypes(
                    List.of(DownBlockType.DOWN, DownBlockType.ATTENTION, DownBlockType.DOWN, DownBlockType.DOWN))
            .upBlockTypes(List.of(UpBlockType.UP, UpBlockType.UP, UpBlockType.ATTENTION, UpBlockType.UP))
            .attentionHeadDim(null)
            .normEps(1e-6)
            .downsamplePadding(0)
            .flipSinToCos(false)
            .freqShift(1)
            .build());

    private final UNetConfig config;

    UNetPreset(UNetConfig config) {
        this.config = config;
    }

    /**
     * The preset's options.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        return config;
    }
}
