package org.diffusion4j.verify;

import java.util.Locale;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.FeedForward;
import org.nd4j.autodiff.samediff.SDVariable;

/** Linear layers. */
final class FeedForwardOps {
    private FeedForwardOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "linear" -> linear(in);
            case "feed_forward" -> feedForward(in);
            default -> null;
        };
    }

    private static ShapedVariable linear(OpArguments in) {
        in.inTheTensors("in_features", "out_features", "bias");
        return FeedForward.linear(in.input("x"), in.parameter("weight"), in.optional("bias"));
    }

    private static ShapedVariable feedForward(OpArguments in) {
        in.inTheTensors("dim", "dim_out", "inner_dim", "mult", "bias");
        in.withoutEffect("dropout", "final_dropout");
        String activation = in.option("activation_fn").asText("geglu");
        SDVariable weight = in.parameter("net.0.proj.weight");
        SDVariable bias = in.optional("net.0.proj.bias");
        ShapedVariable hidden =
                switch (activation) {
                    case "geglu" -> FeedForward.geglu(in.input("x"), weight, bias);
                    case "gelu" -> Activations.gelu(FeedForward.linear(in.input("x"), weight, bias));
                    case "gelu-approximate" -> Activations.geluTanh(FeedForward.linear(in.input("x"), weight, bias));
                    // Diffusers uses this name, although nothing is gated.
                    case "geglu-approximate" -> Activations.quickGelu(FeedForward.linear(in.input("x"), weight, bias));
                    case "linear-silu" -> Activations.silu(FeedForward.linear(in.input("x"), weight, bias));
                    default ->
                        throw new IllegalArgumentException(
                                "activation_fn: expected geglu, gelu, gelu-approximate, geglu-approximate or linear-silu,"
                                        + String.format(Locale.ROOT, " found '%s'", activation));
                };
        return FeedForward.linear(hidden, in.parameter("net.2.weight"), in.optional("net.2.bias"));
    }
}
