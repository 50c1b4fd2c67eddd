package org.diffusion4j.graph;

import java.util.List;
import org.diffusion4j.graph.block.AttentionBlock;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.DownBlock;
import org.diffusion4j.graph.block.Downsampler;
import org.diffusion4j.graph.block.LevelBlock;
import org.diffusion4j.graph.block.MidBlock;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetBlock.Shortcut;
import org.diffusion4j.graph.block.ResnetBlock.SizeChange;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.block.SkipDownBlock;
import org.diffusion4j.graph.block.SkipUpBlock;
import org.diffusion4j.graph.block.TimeSpec;
import org.diffusion4j.graph.block.UpBlock;
import org.diffusion4j.graph.block.Upsampler;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;

/** The blocks that a configuration asks for. */
final class UNetBlocks {
    /** The number that skip blocks divide their results by. */
    private static final double SKIP_FACTOR = Math.sqrt(2);

    private final UNetConfig config;
    private final UNetWidths widths;
    private final UNetNorms norms;

    UNetBlocks(UNetConfig config) {
        this.config = config;
        this.widths = config.widths();
        this.norms = config.norms();
    }

    /** A level of the encoder; level 0 has the largest images. */
    LevelBlock down(int level) {
        DownBlockType type = widths.down().get(level);
        int channels = widths.channels().get(level);
        double factor = type.isSkip() ? SKIP_FACTOR : 1;
        List<ResnetBlock> resnets = widths.down(level).stream()
                .map(resnet -> resnet(norms.ofResnet(type, resnet), resnet.out(), factor))
                .toList();
        AttentionBlock attention = type.attends() ? attention(channels, norms.attention(type, channels), factor) : null;
        boolean last = level == widths.levels() - 1;
        if (type.isSkip()) {
            return new SkipDownBlock(resnets, attention, last ? null : fir(channels, SizeChange.FIR_DOWN));
        }
        return new DownBlock(resnets, attention, last ? null : downsampler(type, channels));
    }

    private Downsampler downsampler(DownBlockType type, int channels) {
        DownsampleType how = config.downsampleType();
        // As in diffusers, downsample_type "resnet" applies only to attention blocks; a resnet block always downsamples
        // that way.
        boolean byResnet = type == DownBlockType.RESNET || (type.attends() && how == DownsampleType.RESNET);
        if (byResnet) {
            return new Downsampler(
                    DownsampleType.RESNET, 0, resampling(type.configName(), channels, SizeChange.AVG_POOL));
        }
        return new Downsampler(
                how == DownsampleType.RESNET ? DownsampleType.CONV : how, config.downsamplePadding(), null);
    }

    /** The bottleneck; null if there is none. */
    MidBlock middle() {
        if (config.midBlockType() == null) {
            return null;
        }
        int channels = widths.last();
        NormSpec norm = norms.plainOrSkip(channels, config.midBlockType().configName());
        boolean scaleShift = config.resnetTimeScaleShift() == TimeInjection.SCALE_SHIFT;
        double factor = config.midBlockScaleFactor();
        return new MidBlock(
                resnet(new UNetNorms.Pair(norm, norm), channels, factor),
                config.addAttention()
                        ? attention(channels, norms.middleAttention(channels, scaleShift, norm), factor)
                        : null);
    }

    /** A level of the decoder; level 0 is next to the bottleneck. */
    LevelBlock up(int index) {
        UpBlockType type = widths.up().get(index);
        int channels = widths.upWidth(index);
        double factor = type.isSkip() ? SKIP_FACTOR : 1;
        List<ResnetBlock> resnets = widths.up(index).stream()
                .map(resnet -> resnet(norms.ofResnet(type, resnet), resnet.out(), factor))
                .toList();
        AttentionBlock attention = type.attends() ? attention(channels, norms.attention(type, channels), factor) : null;
        boolean last = index == widths.levels() - 1;
        if (type.isSkip()) {
            return new SkipUpBlock(
                    resnets,
                    attention,
                    last
                            ? null
                            : new SkipUpBlock.ImageUpsampler(
                                    fir(channels, SizeChange.FIR_UP), norms.skip(channels), config.outChannels()));
        }
        return new UpBlock(resnets, attention, last ? null : upsampler(type, channels), config.skipConnections());
    }

    private Upsampler upsampler(UpBlockType type, int channels) {
        UpsampleType how = config.upsampleType();
        boolean byResnet = type == UpBlockType.RESNET || (type.attends() && how == UpsampleType.RESNET);
        if (byResnet) {
            return new Upsampler(UpsampleType.RESNET, resampling(type.configName(), channels, SizeChange.NEAREST));
        }
        return new Upsampler(how == UpsampleType.RESNET ? UpsampleType.CONV : how, null);
    }

    private ResnetBlock resnet(UNetNorms.Pair pair, int channels, double factor) {
        return new ResnetBlock(spec(pair), channels, SizeChange.SAME, shortcut(Shortcut.INPUT), factor);
    }

    private ResnetBlock resampling(String block, int channels, SizeChange size) {
        NormSpec norm = norms.plain(channels, block);
        return new ResnetBlock(spec(new UNetNorms.Pair(norm, norm)), channels, size, shortcut(Shortcut.INPUT), 1);
    }

    private ResnetBlock fir(int channels, SizeChange size) {
        NormSpec norm = norms.skip(channels);
        return new ResnetBlock(
                spec(new UNetNorms.Pair(norm, norm)), channels, size, shortcut(Shortcut.CONVOLUTION), SKIP_FACTOR);
    }

    private ResnetSpec spec(UNetNorms.Pair pair) {
        TimeSpec time = new TimeSpec(config.resnetTimeScaleShift(), true);
        return new ResnetSpec(pair.first(), pair.second(), config.actFn(), time, config.dropout());
    }

    private Shortcut shortcut(Shortcut usual) {
        return config.resnetResidual() ? usual : Shortcut.NONE;
    }

    private AttentionBlock attention(int channels, NormSpec norm, double factor) {
        AttentionSpec spec = config.heads().of(channels);
        return new AttentionBlock(spec, norm, true, factor);
    }

    /** The norm before the last convolution. */
    NormSpec lastNorm() {
        return norms.last(widths.first());
    }
}
