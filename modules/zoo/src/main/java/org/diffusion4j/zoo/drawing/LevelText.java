package org.diffusion4j.zoo.drawing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;

/** The texts in the boxes of a {@link NetworkDrawing}, which describe a level's shape and blocks. */
final class LevelText {
    private final UNetConfig config;

    LevelText(UNetConfig config) {
        this.config = config;
    }

    List<String> encoder(int level) {
        DownBlockType type = config.downBlockTypes().get(level);
        return box(level, config.layersPerBlock(), type.attends(), type.isSkip(), true);
    }

    /** @param level 0 is the image's own resolution, as in the encoder */
    List<String> decoder(int level) {
        UpBlockType type = config.upBlockTypes().get(config.levels() - 1 - level);
        return box(level, config.layersPerBlock() + 1, type.attends(), type.isSkip(), !type.isSkip());
    }

    List<String> bottleneck() {
        int level = config.levels() - 1;
        int channels = config.blockOutChannels().get(level);
        List<String> lines = new ArrayList<>();
        lines.add(shape(level, channels));
        if (config.addAttention()) {
            lines.add("ResNet + attention + ResNet");
            lines.addAll(attention(channels));
        } else {
            lines.add("2 × ResNet");
        }
        return lines;
    }

    private List<String> box(int level, int blocks, boolean attends, boolean fir, boolean afterEach) {
        int channels = config.blockOutChannels().get(level);
        List<String> lines = new ArrayList<>();
        lines.add(shape(level, channels));
        String resnets = blocks + " × ";
        if (attends) {
            // If it follows each block, the bracket says so.
            boolean bracket = afterEach && blocks > 1;
            resnets += bracket ? "(ResNet + attention)" : "ResNet + attention";
            lines.add(resnets);
            lines.addAll(attention(channels));
        } else {
            lines.add(resnets + "ResNet");
        }
        if (fir) {
            lines.add("+ image pyramid");
        }
        return lines;
    }

    private List<String> attention(int channels) {
        int heads = config.heads(channels);
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, "(%d %s × %d)", heads, heads == 1 ? "head" : "heads", config.headDim(channels)));
        if (config.crossAttentionDim() != null) {
            lines.add("+ cross-attention");
        }
        return lines;
    }

    /** Height × width × channels, with fractions of H and W if the configuration has no size. */
    String shape(int level, int channels) {
        SampleSize size = config.sampleSize();
        if (size != null) {
            return String.format(Locale.ROOT, "%d×%d×%d", size.height() >> level, size.width() >> level, channels);
        }
        return level == 0
                ? "H×W×" + channels
                : String.format(Locale.ROOT, "H/%d×W/%d×%d", 1 << level, 1 << level, channels);
    }

    /** The step from this level of the encoder to the next. */
    String downsampling(int level) {
        DownBlockType type = config.downBlockTypes().get(level);
        if (type.isSkip()) {
            return "ResNet, FIR ↓2";
        }
        if (type == DownBlockType.RESNET || (type.attends() && config.downsampleType() == DownsampleType.RESNET)) {
            return "ResNet ↓2";
        }
        return switch (config.downsampleType()) {
            case CONV, RESNET -> "conv 3×3 ↓2";
            case AVG_POOL -> "average pool ↓2";
            case MAX_POOL -> "max pool ↓2";
        };
    }

    /** The step from the next level of the decoder to this one. */
    String upsampling(int level) {
        UpBlockType type = config.upBlockTypes().get(config.levels() - 2 - level);
        if (type.isSkip()) {
            return "ResNet, FIR ↑2";
        }
        if (type == UpBlockType.RESNET || (type.attends() && config.upsampleType() == UpsampleType.RESNET)) {
            return "ResNet ↑2";
        }
        return switch (config.upsampleType()) {
            case CONV, RESNET -> "nearest ↑2, conv 3×3";
            case BILINEAR -> "bilinear ↑2, conv 3×3";
            case CONV_TRANSPOSE -> "transposed conv ↑2";
        };
    }

    /** How a timestep gets into the blocks. */
    String time() {
        String embedding =
                switch (config.timeEmbeddingType()) {
                    case POSITIONAL -> "sinusoids";
                    case INTERLEAVED -> "interleaved sinusoids";
                    case FOURIER -> "Fourier features";
                    case LEARNED -> "learned table";
                };
        return String.format(
                Locale.ROOT,
                "timestep → %s (%d) → MLP (%d) → each ResNet, %s",
                embedding,
                config.timeInputDim(),
                config.timeEmbedDim(),
                injection(config.resnetTimeScaleShift()));
    }

    private String injection(TimeInjection injection) {
        String norm = config.normType() == NormType.NONE ? "where the norm would be" : "after the norm";
        return switch (injection) {
            case ADD -> "added between its convolutions";
            case SCALE_SHIFT -> "as scale and shift " + norm;
            case CONCAT -> "as channels between its convolutions";
            case FILM -> "as FiLM's γ and β " + norm;
        };
    }

    /** How a class label gets into the blocks. */
    String classes() {
        String way =
                switch (config.classEmbedType() == null
                        ? ""
                        : config.classEmbedType().configName()) {
                    case "" ->
                        String.format(
                                Locale.ROOT,
                                "class label → table (%d × %d)",
                                config.numClassEmbeds(),
                                config.timeEmbedDim());
                    case "timestep" ->
                        String.format(Locale.ROOT, "class number → as a timestep → MLP (%d)", config.timeEmbedDim());
                    default -> String.format(Locale.ROOT, "class embedding (%d)", config.timeEmbedDim());
                };
        return way + " → added to the time embedding";
    }

    /** How the context gets into the blocks. */
    String context() {
        return String.format(
                Locale.ROOT,
                "context (tokens × %d) → keys and values of each cross-attention",
                config.crossAttentionDim());
    }
}
