package org.diffusion4j.verify;

import java.util.Locale;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.graph.block.AttentionBlock;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.block.TimeSpec;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeInjection;

/** Residual blocks and attention, as in diffusers. */
final class BlockOps {
    private BlockOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "resnet_block" -> resnetBlock(in);
            case "self_attention", "cross_attention" -> attention(in);
            default -> null;
        };
    }

    private static ShapedVariable resnetBlock(OpArguments in) {
        in.inTheTensors("temb_channels", "conv_shortcut_bias", "conv_shortcut");
        in.withoutEffect("dropout", "pre_norm");
        ShapedVariable x = in.input("x");
        int channels = in.integer("in_channels", (int) x.size(1));
        int out = in.integer("out_channels", channels);
        in.only("conv_2d_out_channels", Integer.toString(out));
        int groups = in.integer("groups", 32);
        boolean shortcut = in.flag("use_in_shortcut", channels != out);
        if (!shortcut && channels != out) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "use_in_shortcut: expected true, as %d channels become %d", channels, out));
        }
        double eps = in.number("eps", 1e-6);
        ResnetSpec spec = new ResnetSpec(
                new NormSpec(NormType.GROUP, groups, eps),
                new NormSpec(NormType.GROUP, in.integer("groups_out", groups), eps),
                in.activation("non_linearity", Activation.SILU),
                new TimeSpec(
                        ConfigName.of(
                                TimeInjection.class,
                                "time_embedding_norm",
                                in.option("time_embedding_norm").asText("default")),
                        !in.flag("skip_time_act", false)),
                0);
        ResnetBlock block = new ResnetBlock(
                spec,
                out,
                size(in),
                shortcut ? ResnetBlock.Shortcut.CONVOLUTION : ResnetBlock.Shortcut.INPUT,
                in.number("output_scale_factor", 1));
        return block.apply(in.scope(), x, in.optionalInput("temb"));
    }

    private static ResnetBlock.SizeChange size(OpArguments in) {
        // Diffusers' "sde_vp" is what it has without a name, too: average pool or nearest.
        in.only("kernel", "fir", "sde_vp");
        boolean fir = in.option("kernel").asText("").equals("fir");
        if (in.flag("down", false)) {
            return fir ? ResnetBlock.SizeChange.FIR_DOWN : ResnetBlock.SizeChange.AVG_POOL;
        }
        if (in.flag("up", false)) {
            return fir ? ResnetBlock.SizeChange.FIR_UP : ResnetBlock.SizeChange.NEAREST;
        }
        return ResnetBlock.SizeChange.SAME;
    }

    /** Diffusers' Attention of an image or a sequence to itself or to a context. */
    private static ShapedVariable attention(OpArguments in) {
        in.inTheTensors("query_dim", "cross_attention_dim", "bias", "qkv_bias", "out_bias", "out_dim");
        in.withoutEffect("dropout", "upcast_attention", "upcast_softmax");
        in.only("scale_qk", "true");
        double eps = in.number("eps", 1e-5);
        NormSpec norm = in.option("norm_num_groups").isNumber()
                ? new NormSpec(NormType.GROUP, in.integer("norm_num_groups"), eps)
                : null;
        AttentionBlock block = new AttentionBlock(
                new AttentionSpec(in.integer("heads"), in.integer("dim_head"), in.hasParameter("to_q.bias")),
                norm,
                in.flag("residual_connection", false),
                in.number("rescale_output_factor", 1));
        ShapedVariable x = in.input("x");
        ShapedVariable context = in.optionalInput("context");
        if (x.rank() == 4) {
            return block.apply(in.scope(), x, context);
        }
        // A sequence is treated as an image of one column.
        return Attentions.toSequence(block.apply(in.scope(), Attentions.toImage(x, x.size(1), 1), context));
    }
}
