package org.diffusion4j.verify;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;

/** Convolutions. */
final class ConvolutionOps {
    private ConvolutionOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "conv2d" -> conv2d(in);
            case "conv_transpose" -> convTranspose(in);
            default -> null;
        };
    }

    private static ShapedVariable conv2d(OpArguments in) {
        in.inTheTensors("in_channels", "out_channels", "kernel", "kernel_size", "bias");
        in.only("dilation", "1", "[1,1]");
        in.only("groups", "1");
        in.only("padding_mode", "zeros");
        return Convolutions.conv2d(
                in.input("x"),
                in.parameter("weight"),
                in.optional("bias"),
                in.bothWays("stride", 1),
                in.bothWays("padding", 0));
    }

    private static ShapedVariable convTranspose(OpArguments in) {
        in.inTheTensors("in_channels", "out_channels", "kernel", "kernel_size", "bias");
        in.only("dilation", "1", "[1,1]");
        in.only("groups", "1");
        in.only("padding_mode", "zeros");
        return Convolutions.convTranspose2d(
                in.input("x"),
                in.parameter("weight"),
                in.optional("bias"),
                in.bothWays("stride", 1),
                in.bothWays("padding", 0),
                in.bothWays("output_padding", 0));
    }
}
