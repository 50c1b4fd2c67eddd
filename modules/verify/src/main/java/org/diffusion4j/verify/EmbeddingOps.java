package org.diffusion4j.verify;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.option.Activation;

/** Embeddings of the timestep. */
final class EmbeddingOps {
    private EmbeddingOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "timestep_embedding_cat" -> cat(in);
            case "timestep_embedding_interleaved" -> interleaved(in);
            case "fourier" -> fourier(in);
            case "time_mlp" -> timeMlp(in);
            default -> null;
        };
    }

    private static ShapedVariable cat(OpArguments in) {
        return Embeddings.timestepEmbedding(
                in.input("timesteps").variable(),
                in.integer("embedding_dim"),
                in.flag("flip_sin_to_cos", false),
                in.number("downscale_freq_shift", 1),
                in.number("scale", 1),
                in.number("max_period", 10000));
    }

    private static ShapedVariable interleaved(OpArguments in) {
        in.only("max_period", "10000", "10000.0");
        return Embeddings.interleavedTimestepEmbedding(in.input("timesteps").variable(), in.integer("dim"));
    }

    private static ShapedVariable fourier(OpArguments in) {
        in.inTheTensors("embedding_size", "scale", "set_W_to_weight");
        return Embeddings.fourierEmbedding(
                in.input("x").variable(),
                in.parameter("weight"),
                in.flag("log", true),
                in.flag("flip_sin_to_cos", false));
    }

    private static ShapedVariable timeMlp(OpArguments in) {
        in.inTheTensors("in_channels", "time_embed_dim", "out_dim", "sample_proj_bias");
        ShapedVariable hidden =
                FeedForward.linear(in.input("x"), in.parameter("linear_1.weight"), in.optional("linear_1.bias"));
        ShapedVariable y = FeedForward.linear(
                ActivationOps.activated(in.activation("act_fn", Activation.SILU), hidden),
                in.parameter("linear_2.weight"),
                in.optional("linear_2.bias"));
        return ActivationOps.activated(in.activation("post_act_fn", null), y);
    }
}
