package org.diffusion4j.weights.singlefile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of a denoising network: its blocks are counted through all levels, and the layers of a block are numbered in the
 * order of a {@code torch.nn.Sequential}.
 */
final class UNetNames implements OriginalNames {
    private static final Pattern LEVEL = Pattern.compile(
            "(down|up)_blocks\\.(\\d{1,6})\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d{1,6})\\.(.+)");
    private static final Pattern MIDDLE = Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d{1,6})\\.(.+)");
    private static final Pattern TRANSFORMER = Pattern.compile("(norm|proj_in|proj_out|transformer_blocks)\\..+");

    /** Layers outside of the blocks. */
    private static final Map<String, String> OUTSIDE = Map.ofEntries(
            Map.entry("conv_in", "input_blocks.0.0"),
            Map.entry("time_embedding.linear_1", "time_embed.0"),
            Map.entry("time_embedding.linear_2", "time_embed.2"),
            Map.entry("time_embedding.cond_proj", "time_embed.cond_proj"),
            Map.entry("add_embedding.linear_1", "label_emb.0.0"),
            Map.entry("add_embedding.linear_2", "label_emb.0.2"),
            Map.entry("class_embedding.linear_1", "label_emb.0.0"),
            Map.entry("class_embedding.linear_2", "label_emb.0.2"),
            Map.entry("class_embedding", "label_emb"),
            Map.entry("conv_norm_out", "out.0"),
            Map.entry("conv_out", "out.2"));

    private static final Map<String, String> RESIDUAL = Map.of(
            "norm1", "in_layers.0",
            "conv1", "in_layers.2",
            "time_emb_proj", "emb_layers.1",
            "norm2", "out_layers.0",
            "conv2", "out_layers.3",
            "conv_shortcut", "skip_connection");

    private final BlockCount count;
    private final List<Integer> inputs;
    private final List<Integer> outputs;
    private final boolean attendsInMiddle;

    UNetNames(Set<String> parameters) {
        count = new BlockCount(parameters);
        inputs = count.starts("down_blocks", 1, "downsamplers");
        outputs = count.starts("up_blocks", 0, null);
        attendsInMiddle = count.has("mid_block.attentions");
    }

    @Override
    public Optional<OriginalKey> of(String parameter) {
        return Optional.ofNullable(name(parameter)).map(OriginalKey::copy);
    }

    private String name(String parameter) {
        Matcher level = LEVEL.matcher(parameter);
        if (level.matches()) {
            int number = Integer.parseInt(level.group(2));
            int block = Integer.parseInt(level.group(4));
            return level.group(1).equals("down")
                    ? down(number, level.group(3), block, level.group(5))
                    : up(number, level.group(3), block, level.group(5));
        }
        Matcher middle = MIDDLE.matcher(parameter);
        if (middle.matches()) {
            int number = Integer.parseInt(middle.group(2));
            boolean attention = middle.group(1).equals("attentions");
            int block = attendsInMiddle ? 2 * number + (attention ? 1 : 0) : number;
            return below("middle_block." + block, inBlock(middle.group(1), middle.group(3)));
        }
        return renamed(OUTSIDE, parameter);
    }

    private String down(int level, String kind, int block, String rest) {
        int first = inputs.get(level);
        if (kind.equals("downsamplers")) {
            int place = first + count.of("down_blocks." + level + ".resnets");
            return rest.startsWith("conv.") ? "input_blocks." + place + ".0.op." + rest.substring(5) : null;
        }
        return below("input_blocks." + (first + block) + "." + part(kind), inBlock(kind, rest));
    }

    private String up(int level, String kind, int block, String rest) {
        int first = outputs.get(level);
        if (kind.equals("upsamplers")) {
            int last = first + count.of("up_blocks." + level + ".resnets") - 1;
            int part = count.has("up_blocks." + level + ".attentions") ? 2 : 1;
            return rest.startsWith("conv.") ? "output_blocks." + last + "." + part + "." + rest : null;
        }
        return below("output_blocks." + (first + block) + "." + part(kind), inBlock(kind, rest));
    }

    /** A residual block comes first, then its attention. */
    private static int part(String kind) {
        return kind.equals("attentions") ? 1 : 0;
    }

    private static String inBlock(String kind, String rest) {
        return switch (kind) {
            case "resnets" -> renamed(RESIDUAL, rest);
            case "attentions" -> TRANSFORMER.matcher(rest).matches() ? rest : null;
            default -> null;
        };
    }

    private static String below(String prefix, String name) {
        return name == null ? null : prefix + "." + name;
    }

    /** Replaces a layer's name, which is followed by {@code .weight} or {@code .bias}. */
    static String renamed(Map<String, String> layers, String parameter) {
        int dot = parameter.lastIndexOf('.');
        String layer = dot < 0 ? null : layers.get(parameter.substring(0, dot));
        return layer == null ? null : layer + parameter.substring(dot);
    }
}
