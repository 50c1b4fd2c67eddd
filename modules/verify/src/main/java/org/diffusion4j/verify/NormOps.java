package org.diffusion4j.verify;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Modulation;
import org.diffusion4j.graph.op.Norms;

/** Norms, and how a condition changes their results. */
final class NormOps {
    private NormOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "group_norm" -> groupNorm(in);
            case "layer_norm" -> layerNorm(in);
            case "ada_group_norm" -> adaGroupNorm(in);
            case "film" -> Modulation.film(in.input("h"), in.input("gamma"), in.input("beta"));
            default -> null;
        };
    }

    private static ShapedVariable groupNorm(OpArguments in) {
        in.inTheTensors("num_channels", "affine");
        return Norms.groupNorm(
                in.input("x"),
                in.integer("num_groups"),
                in.optional("weight"),
                in.optional("bias"),
                in.number("eps", 1e-5));
    }

    private static ShapedVariable layerNorm(OpArguments in) {
        in.inTheTensors("elementwise_affine", "bias");
        ShapedVariable x = in.input("x");
        in.only("normalized_shape", Long.toString(x.size(-1)), "[" + x.size(-1) + "]");
        return Norms.layerNorm(x, in.optional("weight"), in.optional("bias"), in.number("eps", 1e-5));
    }

    /** Adaptive group norm: norm(x)·(1 + scale) + shift, both from a linear layer on the activated embedding. */
    private static ShapedVariable adaGroupNorm(OpArguments in) {
        in.inTheTensors("embedding_dim", "out_dim");
        ShapedVariable embedding = ActivationOps.activated(in.activation("act_fn", null), in.input("emb"));
        ShapedVariable normalized = Norms.groupNorm(
                in.input("x"),
                in.integer("num_groups"),
                in.optional("norm.weight"),
                in.optional("norm.bias"),
                in.number("eps", 1e-5));
        return Modulation.scaleShift(
                normalized, FeedForward.linear(embedding, in.parameter("linear.weight"), in.parameter("linear.bias")));
    }
}
