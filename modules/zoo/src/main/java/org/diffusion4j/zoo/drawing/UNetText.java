package org.diffusion4j.zoo.drawing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;

/** What a drawing says of a U-Net that draws by classes or by none. */
final class UNetText implements DrawnNetwork {
    private final UNetConfig config;
    private final ImageShape shape;

    UNetText(UNetConfig config) {
        this.config = config;
        this.shape = new ImageShape(config.sampleSize(), false);
    }

    @Override
    public int levels() {
        return config.levels();
    }

    @Override
    public String input() {
        return shape.at(0, config.inChannels());
    }

    @Override
    public String output() {
        return shape.at(0, config.outChannels());
    }

    @Override
    public Block encoder(int level) {
        DownBlockType type = config.downBlockTypes().get(level);
        return box(level, config.layersPerBlock(), type.attends(), type.isSkip(), true);
    }

    @Override
    public Block decoder(int level) {
        UpBlockType type = config.upBlockTypes().get(config.levels() - 1 - level);
        return box(level, config.layersPerBlock() + 1, type.attends(), type.isSkip(), !type.isSkip());
    }

    @Override
    public Block bottleneck() {
        if (config.midBlockType() == null) {
            return null;
        }
        int level = config.levels() - 1;
        int channels = config.blockOutChannels().get(level);
        List<String> lines = new ArrayList<>();
        lines.add(shape.at(level, channels));
        if (config.addAttention()) {
            lines.add("ResNet + attention + ResNet");
            lines.addAll(attention(channels));
        } else {
            lines.add("2 × ResNet");
        }
        return new Block(lines, readsContext(config.addAttention()));
    }

    private boolean readsContext(boolean attends) {
        return attends && config.crossAttentionDim() != null;
    }

    private Block box(int level, int blocks, boolean attends, boolean fir, boolean afterEach) {
        int channels = config.blockOutChannels().get(level);
        List<String> lines = new ArrayList<>();
        lines.add(shape.at(level, channels));
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
        return new Block(lines, readsContext(attends));
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

    @Override
    public String firstLayer() {
        return "conv 3×3";
    }

    @Override
    public String lastLayer() {
        return String.format(Locale.ROOT, "norm, SiLU, conv %d×%d", config.convOutKernel(), config.convOutKernel());
    }

    @Override
    public int skips(int level) {
        return config.skipConnections() ? config.layersPerBlock() + 1 : 0;
    }

    @Override
    public List<Note> notes() {
        List<Note> notes = new ArrayList<>();
        boolean classes = config.wantsClassLabels();
        notes.add(new Note(classes ? "time + class" : "time", "time", time()));
        if (classes) {
            notes.add(new Note(null, null, classes()));
        }
        if (config.crossAttentionDim() != null) {
            notes.add(new Note("context", "context", context()));
        }
        return notes;
    }

    @Override
    public String downsampling(int level) {
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

    @Override
    public String upsampling(int level) {
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
    private String time() {
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
    private String classes() {
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
    private String context() {
        return String.format(
                Locale.ROOT,
                "context (tokens × %d) → keys and values of each cross-attention",
                config.crossAttentionDim());
    }
}
