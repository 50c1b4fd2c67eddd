package org.diffusion4j.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.MidBlockType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpsampleType;

/**
 * A U-Net in TorchScript's own language, op by op as {@code torch.jit.trace} writes down diffusers' network; of the
 * configurations that have diffusers' default blocks only, and no classes.
 */
final class TorchScriptCode {
    private final UNetConfig config;
    private final StringBuilder code = new StringBuilder();
    private int values;
    private int height;
    private int width;

    private TorchScriptCode(UNetConfig config) {
        this.config = config;
        this.height = config.sampleSize().height();
        this.width = config.sampleSize().width();
    }

    /** The name of an attribute: TorchScript has no dots in them. */
    static String attribute(String weight) {
        return weight.replace('.', '_');
    }

    /** The name of the attribute with the timestep embedding's frequencies, [1, half]. */
    static final String FREQUENCIES = "frequencies";

    /**
     * The body of {@code forward(self, x, t)}.
     *
     * @param memoryFormat PyTorch's number of the layout that the network works in
     */
    static String of(UNetConfig config, int memoryFormat) {
        UNetConfig plain = config.toBuilder()
                .actFn(Activation.SILU)
                .normType(NormType.GROUP)
                .timeEmbeddingType(TimeEmbeddingType.POSITIONAL)
                .resnetTimeScaleShift(TimeInjection.ADD)
                .downsampleType(DownsampleType.CONV)
                .upsampleType(UpsampleType.CONV)
                .midBlockType(MidBlockType.RESNET_ATTENTION)
                .addAttention(true)
                .numClassEmbeds(null)
                .crossAttentionDim(null)
                .build();
        if (!plain.equals(config)) {
            throw new IllegalArgumentException("configuration: expected diffusers' default blocks, found " + config);
        }
        TorchScriptCode unet = new TorchScriptCode(config);
        unet.unet(memoryFormat);
        return unet.code.toString();
    }

    private void unet(int memoryFormat) {
        String embedding = silu(timeEmbedding()); // each block takes it so

        // down
        Deque<String> skips = new ArrayDeque<>();
        String h = convolution("conv_in", op("torch.contiguous(x, memory_format=%d)", memoryFormat), 1, 1);
        skips.push(h);
        int channels = config.blockOutChannels().get(0);
        for (int level = 0; level < config.levels(); level++) {
            String block = "down_blocks." + level;
            int out = config.blockOutChannels().get(level);
            for (int layer = 0; layer < config.layersPerBlock(); layer++) {
                h = resnet(block + ".resnets." + layer, h, embedding, channels, out);
                channels = out;
                if (config.downBlockTypes().get(level).attends()) {
                    h = attention(block + ".attentions." + layer, h, channels);
                }
                skips.push(h);
            }
            if (level < config.levels() - 1) {
                int padding = config.downsamplePadding();
                h = padding > 0 ? h : op("torch.pad(%s, [0, 1, 0, 1])", h);
                h = convolution(block + ".downsamplers.0.conv", h, 2, padding);
                height /= 2;
                width /= 2;
                skips.push(h);
            }
        }

        // middle
        h = resnet("mid_block.resnets.0", h, embedding, channels, channels);
        h = attention("mid_block.attentions.0", h, channels);
        h = resnet("mid_block.resnets.1", h, embedding, channels, channels);

        // up
        for (int index = 0; index < config.levels(); index++) {
            String block = "up_blocks." + index;
            int out = config.blockOutChannels().get(config.levels() - 1 - index);
            for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
                h = op("torch.cat([%s, %s], 1)", h, skips.pop());
                // With a skip beside it the input is wider than the output, and has its convolution in any case.
                h = resnet(block + ".resnets." + layer, h, embedding, -1, out);
                if (config.upBlockTypes().get(index).attends()) {
                    h = attention(block + ".attentions." + layer, h, out);
                }
            }
            if (index < config.levels() - 1) {
                h = op("torch.upsample_nearest2d(%s, None, [2., 2.])", h);
                height *= 2;
                width *= 2;
                h = convolution(block + ".upsamplers.0.conv", h, 1, 1);
            }
        }
        h = convolution("conv_out", silu(groupNorm("conv_norm_out", h)), 1, 1);
        code.append("    return ").append(h).append('\n');
    }

    private String timeEmbedding() {
        String angles = op("torch.mul(torch.unsqueeze(t, 1), self.%s)", FREQUENCIES);
        String embedding = config.flipSinToCos()
                ? op("torch.cat([torch.cos(%1$s), torch.sin(%1$s)], 1)", angles)
                : op("torch.cat([torch.sin(%1$s), torch.cos(%1$s)], 1)", angles);
        embedding = linear("time_embedding.linear_1", embedding);
        return linear("time_embedding.linear_2", silu(embedding));
    }

    private String resnet(String name, String x, String embedding, int in, int out) {
        String h = convolution(name + ".conv1", silu(groupNorm(name + ".norm1", x)), 1, 1);
        String time = linear(name + ".time_emb_proj", embedding);
        h = op("torch.add(%s, torch.unsqueeze(torch.unsqueeze(%s, 2), 3))", h, time);
        h = convolution(name + ".conv2", silu(groupNorm(name + ".norm2", h)), 1, 1);
        String shortcut = in == out ? x : convolution(name + ".conv_shortcut", x, 1, 0);
        return op("torch.add(%s, %s)", shortcut, h);
    }

    private String attention(String name, String x, int channels) {
        int pixels = height * width;
        String y = op("torch.transpose(torch.flatten(%s, 2), 1, 2)", groupNorm(name + ".group_norm", x));
        String qkv = Stream.of("to_q", "to_k", "to_v")
                .map(part -> linear(name + "." + part, y))
                .map(part -> op(
                        "torch.transpose(torch.view(%s, [-1, %d, %d, %d]), 1, 2)",
                        part, pixels, config.heads(channels), config.headDim(channels)))
                .collect(Collectors.joining(", "));
        String z = op("torch.transpose(torch.scaled_dot_product_attention(%s), 1, 2)", qkv);
        z = op("torch.reshape(%s, [-1, %d, %d])", z, pixels, config.heads(channels) * config.headDim(channels));
        z = op("torch.transpose(%s, 1, 2)", linear(name + ".to_out.0", z));
        return op("torch.add(%s, torch.reshape(%s, [-1, %d, %d, %d]))", x, z, channels, height, width);
    }

    private String convolution(String name, String x, int stride, int padding) {
        return op("torch.conv2d(%1$s, %2$s, [%3$d, %3$d], [%4$d, %4$d], [1, 1], 1)", x, weights(name), stride, padding);
    }

    private String groupNorm(String name, String x) {
        return op("torch.group_norm(%s, %d, %s, %s)", x, config.normNumGroups(), weights(name), config.normEps());
    }

    private String linear(String name, String x) {
        return op("torch.linear(%s, %s)", x, weights(name));
    }

    private String silu(String x) {
        return op("torch.silu(%s)", x);
    }

    private static String weights(String name) {
        return Stream.of(".weight", ".bias")
                .map(part -> "self." + attribute(name + part))
                .collect(Collectors.joining(", "));
    }

    /** Adds a line that computes a new value. */
    @SuppressWarnings("AnnotateFormatMethod") // its annotation would be a dependency
    private String op(String expression, Object... operands) {
        String value = "v" + values++;
        code.append("    ")
                .append(value)
                .append(" = ")
                .append(String.format(Locale.ROOT, expression, operands))
                .append('\n');
        return value;
    }
}
