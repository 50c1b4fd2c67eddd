package org.diffusion4j.weights.lora;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a U-Net's layers have in the original code (Rombach et al. 2022, arXiv:2112.10752), where the blocks are numbered
 * through: {@code input_blocks.4.1} for {@code down_blocks.1.attentions.0}.
 */
final class OriginalBlocks {
    private static final Pattern BLOCK = Pattern.compile(
            "(down|up)_blocks\\.(\\d{1,4})\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d{1,4})\\.(.+)");
    private static final Pattern MIDDLE = Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d{1,4})\\.(.+)");

    private static final Map<String, String> RESNET = Map.of(
            "norm1", "in_layers.0",
            "conv1", "in_layers.2",
            "time_emb_proj", "emb_layers.1",
            "norm2", "out_layers.0",
            "conv2", "out_layers.3",
            "conv_shortcut", "skip_connection");

    private static final Map<String, String> OUTSIDE = Map.of(
            "conv_in", "input_blocks.0.0",
            "time_embedding.linear_1", "time_embed.0",
            "time_embedding.linear_2", "time_embed.2",
            "add_embedding.linear_1", "label_emb.0.0",
            "add_embedding.linear_2", "label_emb.0.2",
            "conv_norm_out", "out.0",
            "conv_out", "out.2");

    /** A level of the U-Net: how many residual blocks it has, and whether it has attention. */
    private static final class Level {
        private int resnets;
        private boolean attention;
        /** The number of its first block in the original. */
        private int first;
    }

    private OriginalBlocks() {}

    /**
     * Finds the original names.
     *
     * @param layers diffusers' names of all layers
     * @return the original name for each name that has one
     */
    static Map<String, String> names(Collection<String> layers) {
        Map<String, Level> levels = levels(layers);
        Map<String, String> names = new LinkedHashMap<>();
        for (String layer : new TreeSet<>(layers)) {
            Matcher block = BLOCK.matcher(layer);
            Matcher middle = MIDDLE.matcher(layer);
            if (OUTSIDE.containsKey(layer)) {
                names.put(layer, OUTSIDE.get(layer));
            } else if (middle.matches()) {
                boolean resnet = middle.group(1).equals("resnets");
                int number = Integer.parseInt(middle.group(2)) * 2 + (resnet ? 0 : 1);
                names.put(layer, "middle_block." + number + "." + inner(resnet, middle.group(3)));
            } else if (block.matches()) {
                names.put(layer, original(block, levels.get(block.group(1) + block.group(2))));
            }
        }
        return names;
    }

    private static Map<String, Level> levels(Collection<String> layers) {
        Map<String, Level> levels = new LinkedHashMap<>();
        for (String layer : layers) {
            Matcher block = BLOCK.matcher(layer);
            if (block.matches()) {
                Level level = levels.computeIfAbsent(block.group(1) + block.group(2), any -> new Level());
                level.attention |= block.group(3).equals("attentions");
                if (block.group(3).equals("resnets")) {
                    level.resnets = Math.max(level.resnets, Integer.parseInt(block.group(4)) + 1);
                }
            }
        }
        // The encoder's first block is the first convolution, and each of its levels but the last ends with a smaller
        // image.
        int down = 1;
        int up = 0;
        for (int i = 0; i < levels.size(); i++) {
            Level encoder = levels.get("down" + i);
            Level decoder = levels.get("up" + i);
            if (encoder != null) {
                encoder.first = down;
                down += encoder.resnets + 1;
            }
            if (decoder != null) {
                decoder.first = up;
                up += decoder.resnets;
            }
        }
        return levels;
    }

    private static String original(Matcher block, Level level) {
        boolean down = block.group(1).equals("down");
        int number = Integer.parseInt(block.group(4));
        String within = block.group(5);
        String blocks = down ? "input_blocks." : "output_blocks.";
        return switch (block.group(3)) {
            case "resnets" -> blocks + (level.first + number) + ".0." + inner(true, within);
            case "attentions" -> blocks + (level.first + number) + ".1." + within;
            case "downsamplers" -> blocks + (level.first + level.resnets) + ".0.op";
            default -> blocks + (level.first + level.resnets - 1) + (level.attention ? ".2." : ".1.") + within;
        };
    }

    private static String inner(boolean resnet, String within) {
        return resnet ? RESNET.getOrDefault(within, within) : within;
    }
}
