package org.diffusion4j.weights.singlefile;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of an autoencoder. The decoder's levels are counted from the picture inwards, so the first that the data meets is
 * the last, and attention's layers are 1×1 convolutions.
 */
final class AutoencoderNames implements OriginalNames {
    private static final Pattern LEVEL = Pattern.compile(
            "(encoder\\.down|decoder\\.up)_blocks\\.(\\d{1,6})\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d{1,6})\\.(.+)");
    private static final Pattern MIDDLE =
            Pattern.compile("(encoder|decoder)\\.mid_block\\.(resnets|attentions)\\.(\\d{1,6})\\.(.+)");
    private static final Pattern OUTSIDE =
            Pattern.compile("((encoder|decoder)\\.(conv_in|conv_out)|(post_)?quant_conv)\\..+");
    private static final Pattern LAST_NORM = Pattern.compile("(encoder|decoder)\\.conv_(norm_out\\..+)");

    private static final Map<String, String> ATTENTION =
            Map.of("group_norm", "norm", "to_q", "q", "to_k", "k", "to_v", "v", "to_out.0", "proj_out");

    private final int levels;

    AutoencoderNames(Set<String> parameters) {
        levels = new BlockCount(parameters).of("decoder.up_blocks");
    }

    @Override
    public Optional<OriginalKey> of(String parameter) {
        String name = name(parameter);
        if (name == null) {
            return Optional.empty();
        }
        boolean matrix =
                parameter.contains("attentions.") && parameter.endsWith(".weight") && !parameter.contains("norm");
        return Optional.of(new OriginalKey(name, matrix ? new Conversion.ConvolutionToLinear() : Conversion.COPY));
    }

    /** Of its training: the networks that judge pictures, and averages. */
    @Override
    public boolean ignores(String name) {
        return name.startsWith("loss.") || name.startsWith(SingleFileMapping.AVERAGE);
    }

    private String name(String parameter) {
        Matcher level = LEVEL.matcher(parameter);
        if (level.matches()) {
            int number = Integer.parseInt(level.group(2));
            boolean decoder = level.group(1).startsWith("decoder");
            String block = level.group(1) + "." + (decoder ? levels - 1 - number : number);
            String place = level.group(4);
            String rest = level.group(5);
            return switch (level.group(3)) {
                case "resnets" -> below(block + ".block." + place, residual(rest));
                case "attentions" -> below(block + ".attn." + place, UNetNames.renamed(ATTENTION, rest));
                case "downsamplers" -> block + ".downsample." + rest;
                default -> block + ".upsample." + rest;
            };
        }
        Matcher middle = MIDDLE.matcher(parameter);
        if (middle.matches()) {
            int number = Integer.parseInt(middle.group(3)) + 1;
            String half = middle.group(1) + ".mid.";
            return middle.group(2).equals("resnets")
                    ? below(half + "block_" + number, residual(middle.group(4)))
                    : below(half + "attn_" + number, UNetNames.renamed(ATTENTION, middle.group(4)));
        }
        Matcher norm = LAST_NORM.matcher(parameter);
        if (norm.matches()) {
            return norm.group(1) + "." + norm.group(2);
        }
        return OUTSIDE.matcher(parameter).matches() ? parameter : null;
    }

    private static String residual(String rest) {
        return rest.replace("conv_shortcut.", "nin_shortcut.");
    }

    private static String below(String prefix, String name) {
        return name == null ? null : prefix + "." + name;
    }
}
