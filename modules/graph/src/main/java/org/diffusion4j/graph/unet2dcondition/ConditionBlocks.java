package org.diffusion4j.graph.unet2dcondition;

import java.util.Collections;
import java.util.List;
import org.diffusion4j.graph.block.AddedContextAttention;
import org.diffusion4j.graph.block.AttentionBlock;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.DownBlock;
import org.diffusion4j.graph.block.Downsampler;
import org.diffusion4j.graph.block.ImageTransformer;
import org.diffusion4j.graph.block.LevelAttention;
import org.diffusion4j.graph.block.LevelBlock;
import org.diffusion4j.graph.block.MidBlock;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetBlock.Shortcut;
import org.diffusion4j.graph.block.ResnetBlock.SizeChange;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.block.TimeSpec;
import org.diffusion4j.graph.block.TransformerBlock;
import org.diffusion4j.graph.block.UpBlock;
import org.diffusion4j.graph.block.Upsampler;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.UpsampleType;

/** The blocks that a configuration asks for. */
final class ConditionBlocks {
    private final UNet2DConditionConfig config;
    private final ConditionLevels levels;
    private final ConditionNorms norms;

    ConditionBlocks(UNet2DConditionConfig config) {
        this.config = config;
        this.levels = config.levels();
        this.norms = config.norms();
    }

    KLevels kLevels() {
        return new KLevels(levels, config.time().blocksWidth(), config.normEps(), config.actFn(), config.dropout());
    }

    /** A level of the encoder; level 0 has the largest images. */
    LevelBlock down(int level) {
        if (levels.isK()) {
            return kLevels().down(level);
        }
        int channels = levels.width(level);
        boolean last = level == levels.count() - 1;
        AttentionSpec heads = levels.downAttention(level);
        return switch (levels.down().get(level)) {
            case DOWN, CROSS, ATTENTION -> {
                LevelAttention attention =
                        switch (levels.down().get(level)) {
                            case CROSS -> transformer(heads, channels, levels.onlyCross(level), levels.depths(level));
                            case ATTENTION -> selfAttention(heads, channels);
                            default -> null;
                        };
                Downsampler downsampler =
                        last ? null : new Downsampler(DownsampleType.CONV, config.downsamplePadding(), null);
                yield new DownBlock(plain(channels, levels.layers(level)), attention, downsampler);
            }
            case RESNET, SIMPLE_CROSS -> {
                LevelAttention attention =
                        heads == null ? null : simple(heads, norms.ofLevel(channels), levels.onlyCross(level));
                Downsampler downsampler =
                        last ? null : new Downsampler(DownsampleType.RESNET, 0, scaled(channels, SizeChange.AVG_POOL));
                yield new DownBlock(
                        Collections.nCopies(levels.layers(level), scaled(channels, SizeChange.SAME)),
                        attention,
                        downsampler);
            }
            case K, K_CROSS -> throw new IllegalStateException("K blocks only");
        };
    }

    /** The bottleneck; null if there is none. */
    MidBlock middle() {
        if (levels.middle() == null) {
            return null;
        }
        int channels = levels.last();
        int level = levels.count() - 1;
        NormSpec norm = norms.ofMiddle(channels);
        double factor = config.midBlockScaleFactor();
        AttentionSpec heads = levels.middleAttention();
        return switch (levels.middle()) {
            case CROSS -> {
                TransformerBlock block = new TransformerBlock(heads, false);
                List<Integer> depth = levels.depths(level).subList(0, 1);
                yield new MidBlock(
                        resnet(norm, channels, SizeChange.SAME, true, factor),
                        new ImageTransformer(block, norm.groups(), config.useLinearProjection(), depth));
            }
            case SIMPLE_CROSS ->
                new MidBlock(
                        resnet(norm, channels, SizeChange.SAME, !config.resnetSkipTimeAct(), factor),
                        simple(heads, norm, config.middleOnlyCross()));
            case RESNET -> new MidBlock(resnet(norm, channels, SizeChange.SAME, true, factor), null, 0);
        };
    }

    /** A level of the decoder; level 0 is next to the bottleneck. */
    LevelBlock up(int index) {
        if (levels.isK()) {
            return kLevels().up(index);
        }
        int channels = levels.upWidth(index);
        boolean last = index == levels.count() - 1;
        AttentionSpec heads = levels.upAttention(index);
        return switch (levels.up().get(index)) {
            case UP, CROSS, ATTENTION -> {
                LevelAttention attention =
                        switch (levels.up().get(index)) {
                            case CROSS ->
                                transformer(heads, channels, levels.upOnlyCross(index), levels.upDepths(index));
                            case ATTENTION -> selfAttention(heads, channels);
                            default -> null;
                        };
                Upsampler upsampler = last ? null : new Upsampler(UpsampleType.CONV, null);
                yield new UpBlock(plain(channels, levels.upLayers(index)), attention, upsampler, true);
            }
            case RESNET, SIMPLE_CROSS -> {
                LevelAttention attention =
                        heads == null ? null : simple(heads, norms.ofLevel(channels), levels.upOnlyCross(index));
                Upsampler upsampler =
                        last ? null : new Upsampler(UpsampleType.RESNET, scaled(channels, SizeChange.NEAREST));
                yield new UpBlock(
                        Collections.nCopies(levels.upLayers(index), scaled(channels, SizeChange.SAME)),
                        attention,
                        upsampler,
                        true);
            }
            case K, K_CROSS -> throw new IllegalStateException("K blocks only");
        };
    }

    private LevelAttention transformer(AttentionSpec heads, int channels, boolean onlyCross, List<Integer> depths) {
        return new ImageTransformer(
                new TransformerBlock(heads, onlyCross),
                norms.ofLevel(channels).groups(),
                config.useLinearProjection(),
                depths);
    }

    private LevelAttention selfAttention(AttentionSpec heads, int channels) {
        return new AttentionBlock(heads, norms.ofLevel(channels), true, 1).toTheImage();
    }

    private LevelAttention simple(AttentionSpec heads, NormSpec ofResnets, boolean onlyCross) {
        return new AddedContextAttention(
                heads, ConditionNorms.ofSimpleAttention(ofResnets), norms.ofContext(), onlyCross);
    }

    /** Blocks that resnet_skip_time_act and resnet_out_scale_factor don't touch. */
    private List<ResnetBlock> plain(int channels, int count) {
        return Collections.nCopies(count, resnet(norms.ofLevel(channels), channels, SizeChange.SAME, true, 1));
    }

    private ResnetBlock scaled(int channels, SizeChange size) {
        return resnet(
                norms.ofLevel(channels), channels, size, !config.resnetSkipTimeAct(), config.resnetOutScaleFactor());
    }

    private ResnetBlock resnet(NormSpec norm, int channels, SizeChange size, boolean activated, double factor) {
        TimeSpec time = new TimeSpec(config.resnetTimeScaleShift(), activated);
        ResnetSpec spec = new ResnetSpec(norm, norm, config.actFn(), time, config.dropout());
        return new ResnetBlock(spec, channels, size, Shortcut.INPUT, factor);
    }
}
