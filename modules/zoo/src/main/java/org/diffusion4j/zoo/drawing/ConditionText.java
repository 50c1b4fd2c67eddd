package org.diffusion4j.zoo.drawing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.EncoderHidType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.unet2dcondition.ConditionLevel;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;

/** What a drawing says of a U-Net that reads a text. */
final class ConditionText implements DrawnNetwork {
    private final UNet2DConditionConfig config;
    private final ImageShape shape;

    ConditionText(UNet2DConditionConfig config) {
        this.config = config;
        // A convolution with zeros on both sides rounds up, the other ways of halving round down.
        this.shape = new ImageShape(config.sampleSize(), config.downsamplePadding() == 1);
    }

    @Override
    public int levels() {
        return config.blockOutChannels().size();
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
        return block(level, ConditionLevel.encoder(config, level));
    }

    @Override
    public Block decoder(int level) {
        return block(level, ConditionLevel.decoder(config, level));
    }

    @Override
    public Block bottleneck() {
        ConditionLevel middle = ConditionLevel.bottleneck(config);
        if (middle == null) {
            return null;
        }
        List<String> lines = new ArrayList<>();
        lines.add(shape.at(levels() - 1, middle.channels()));
        String attention = attention(middle);
        lines.add(attention.isEmpty() ? "ResNet" : "ResNet + " + attention + " + ResNet");
        addHeads(middle, lines);
        return new Block(lines, middle.readsContext());
    }

    private Block block(int level, ConditionLevel found) {
        List<String> lines = new ArrayList<>();
        lines.add(shape.at(level, found.channels()));
        String attention = attention(found);
        String each = attention.isEmpty() ? "ResNet" : "ResNet + " + attention;
        boolean bracket = !attention.isEmpty() && found.blocks() > 1;
        lines.add(found.blocks() + " × " + (bracket ? "(" + each + ")" : each));
        addHeads(found, lines);
        return new Block(lines, found.readsContext());
    }

    private static String attention(ConditionLevel level) {
        return switch (level.attention()) {
            case NONE -> "";
            case IMAGE, CONTEXT, BOTH -> "attention";
            case TRANSFORMER -> "transformer";
        };
    }

    /** What the attention is like: the transformers' layers, what it looks at, and the heads. */
    private void addHeads(ConditionLevel level, List<String> lines) {
        if (level.heads() == 0) {
            return;
        }
        List<String> words = new ArrayList<>();
        switch (level.attention()) {
            case TRANSFORMER -> words.add(layers(level.transformerLayers()));
            case BOTH -> words.add(level.onlyContext() ? "to the " + contextName() : "to image and " + contextName());
            case CONTEXT -> words.add("to the " + contextName());
            case NONE, IMAGE -> {}
        }
        if (level.attention() == ConditionLevel.Attention.TRANSFORMER && level.onlyContext()) {
            words.add("all to the " + contextName());
        }
        words.add(level.heads() + (level.heads() == 1 ? " head × " : " heads × ") + level.headWidth());
        lines.add("(" + String.join(", ", words) + ")");
    }

    /** Such as {@code 2 layers}, or {@code 4 | 4 | 10 layers} if the transformers differ. */
    private static String layers(List<Integer> layers) {
        List<String> numbers = layers.stream().map(String::valueOf).distinct().toList();
        if (numbers.size() == 1) {
            return numbers.get(0) + (layers.get(0) == 1 ? " layer" : " layers");
        }
        return layers.stream().map(String::valueOf).collect(Collectors.joining(" | ")) + " layers";
    }

    @Override
    public String firstLayer() {
        return convolution(config.convInKernel());
    }

    @Override
    public String lastLayer() {
        String last = convolution(config.convOutKernel());
        return config.normNumGroups() == null ? last : "norm, " + activation() + ", " + last;
    }

    private String activation() {
        return switch (config.actFn()) {
            case SILU -> "SiLU";
            case RELU -> "ReLU";
            case GELU, GELU_TANH -> "GELU";
            case MISH -> "Mish";
        };
    }

    private static String convolution(int kernel) {
        return String.format(Locale.ROOT, "conv %d×%d", kernel, kernel);
    }

    @Override
    public String downsampling(int level) {
        ConditionDownBlockType type = config.downBlockTypes().get(level);
        return switch (type) {
            case CROSS, DOWN, ATTENTION -> "conv 3×3 ↓2";
            case RESNET, SIMPLE_CROSS -> "ResNet ↓2";
            case K, K_CROSS -> "filter ↓2";
        };
    }

    @Override
    public String upsampling(int level) {
        return switch (config.upBlockTypes().get(levels() - 2 - level)) {
            case CROSS, UP, ATTENTION -> "nearest ↑2, conv 3×3";
            case RESNET, SIMPLE_CROSS -> "ResNet ↑2";
            case K, K_CROSS -> "filter ↑2";
        };
    }

    @Override
    public int skips(int level) {
        return ConditionLevel.decoder(config, level).skips();
    }

    private boolean hasClasses() {
        return config.classEmbedType() != null || config.numClassEmbeds() != null;
    }

    private String contextName() {
        EncoderHidType type = config.encoderHidDimType();
        return type == EncoderHidType.IMAGE_PROJ
                ? "image prompt"
                : type == EncoderHidType.TEXT_IMAGE_PROJ ? "text + image prompt" : "text";
    }

    @Override
    public List<Note> notes() {
        List<String> entering = new ArrayList<>(List.of("time"));
        List<String> lines = new ArrayList<>(List.of(time()));
        if (config.timeCondProjDim() != null) {
            entering.add("guidance");
            lines.add("guidance scale (" + config.timeCondProjDim() + ") → added before the MLP");
        }
        if (hasClasses()) {
            entering.add("class");
            lines.add(classes());
        }
        if (config.additionEmbedType() != null) {
            entering.add(added(config.additionEmbedType()));
            lines.add(addition(config.additionEmbedType()));
        }
        List<Note> notes = new ArrayList<>();
        for (String line : lines) {
            notes.add(
                    notes.isEmpty()
                            ? new Note(String.join(" + ", entering), "time", line)
                            : new Note(null, null, line));
        }
        if (readsContext()) {
            notes.add(new Note(contextName(), "context", context()));
        }
        return notes;
    }

    private boolean readsContext() {
        boolean reads = bottleneck() != null && bottleneck().context();
        for (int level = 0; level < levels(); level++) {
            reads |= encoder(level).context() || decoder(level).context();
        }
        return reads;
    }

    private int timeWidth() {
        int usual = (config.timeEmbeddingType() == TimeEmbeddingType.FOURIER ? 2 : 4)
                * config.blockOutChannels().get(0);
        return config.timeEmbeddingDim() == null ? usual : config.timeEmbeddingDim();
    }

    private String time() {
        boolean fourier = config.timeEmbeddingType() == TimeEmbeddingType.FOURIER;
        return String.format(
                Locale.ROOT,
                "timestep → %s (%d) → MLP (%d) → each ResNet, %s",
                fourier ? "Fourier features" : "sinusoids",
                fourier ? timeWidth() : config.blockOutChannels().get(0),
                timeWidth(),
                injection());
    }

    private String injection() {
        if (config.downBlockTypes().get(0).isK()) {
            return "as the scale and shift of its norms";
        }
        return config.resnetTimeScaleShift() == TimeInjection.ADD
                ? "added between its convolutions"
                : "as scale and shift after the norm";
    }

    private String classes() {
        Integer width = config.projectionClassEmbeddingsInputDim();
        String way;
        if (config.classEmbedType() == null) {
            way = "class label → table (" + config.numClassEmbeds() + " × " + timeWidth() + ")";
        } else {
            way = switch (config.classEmbedType()) {
                case TIMESTEP -> "class number → as a timestep → MLP (" + timeWidth() + ")";
                case IDENTITY -> "class embedding (" + timeWidth() + ")";
                case PROJECTION -> "class embedding (" + width + ") → MLP (" + timeWidth() + ")";
                case SIMPLE_PROJECTION -> "class embedding (" + width + ") → linear (" + timeWidth() + ")";
            };
        }
        return way + (config.classEmbeddingsConcat() ? " → beside" : " → added to") + " the time embedding";
    }

    /** The mark of what is added to the time embedding. */
    private static String added(AdditionEmbedType type) {
        return switch (type) {
            case TEXT -> "pooled text";
            case TEXT_TIME -> "size + pooled text";
            case TEXT_IMAGE -> "text + image";
            case IMAGE, IMAGE_HINT -> "image";
        };
    }

    private String addition(AdditionEmbedType type) {
        String way =
                switch (type) {
                    case TEXT -> "text, pooled by attention";
                    case TEXT_TIME ->
                        "pooled text, and numbers such as the size → sinusoids (" + config.additionTimeEmbedDim()
                                + " each) → MLP (" + timeWidth() + ")";
                    case TEXT_IMAGE -> "text's and image's embedding → linear (" + timeWidth() + ")";
                    case IMAGE, IMAGE_HINT ->
                        "image's embedding (" + config.encoderHidDim() + ") → MLP (" + timeWidth() + ")";
                };
        return way + " → added to the time embedding";
    }

    private String context() {
        int width = config.crossAttentionDim().get(0);
        String source = String.format(Locale.ROOT, "%s (tokens × %d)", contextName(), config.contextWidth());
        if (config.encoderHidDimType() != null) {
            source += String.format(Locale.ROOT, " → linear (%d)", width);
        }
        return source + " → keys and values of attention";
    }
}
