package org.diffusion4j.verify;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.option.Activation;

/** Activations, element by element, and softmax. */
final class ActivationOps {
    private ActivationOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "silu" -> Activations.silu(in.input("x"));
            case "relu" -> Activations.relu(in.input("x"));
            case "gelu" ->
                in.option("approximate").asText("none").equals("tanh")
                        ? Activations.geluTanh(in.input("x"))
                        : Activations.gelu(in.input("x"));
            case "gelu_tanh" -> Activations.geluTanh(in.input("x"));
            case "quick_gelu" -> Activations.quickGelu(in.input("x"));
            case "mish" -> Activations.mish(in.input("x"));
            case "softmax" -> Activations.softmax(in.input("x"), in.integer("dim", -1));
            default -> null;
        };
    }

    /** Applies an activation to x; gives x itself if there is none. */
    static ShapedVariable activated(Activation activation, ShapedVariable x) {
        return activation == null ? x : Activations.activation(activation, x);
    }
}
