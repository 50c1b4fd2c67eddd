package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Resampling;

/** Ops that halve or double the size. */
final class ResamplingOps {
    private ResamplingOps() {}

    /** Builds one of these ops; null for any other op. */
    static ShapedVariable of(String op, OpArguments in) {
        return switch (op) {
            case "avg_pool" -> avgPool(in);
            case "max_pool" -> maxPool(in);
            case "downsample_conv" -> downsampleConv(in);
            case "upsample_nearest" -> upsampleNearest(in);
            case "upsample_nearest_conv" -> upsampleNearestConv(in);
            case "upsample_bilinear" -> upsampleBilinear(in);
            default -> null;
        };
    }

    private static ShapedVariable avgPool(OpArguments in) {
        halving(in);
        return Resampling.avgPool(in.input("x"));
    }

    private static ShapedVariable maxPool(OpArguments in) {
        halving(in);
        return Resampling.maxPool(in.input("x"));
    }

    /** Checks the options of a pool, which must be 2 by 2 here. */
    private static void halving(OpArguments in) {
        in.only("kernel", "2", "[2,2]");
        in.only("kernel_size", "2", "[2,2]");
        in.only("stride", "2", "[2,2]");
        in.only("padding", "0", "[0,0]");
        in.only("dilation", "1", "[1,1]");
        in.only("ceil_mode", "false");
        in.inTheTensors("count_include_pad"); // without padding the same
    }

    private static ShapedVariable downsampleConv(OpArguments in) {
        in.inTheTensors("channels", "out_channels", "kernel_size", "kernel", "bias", "name");
        in.only("use_conv", "true");
        return Resampling.downsampleConv(
                in.input("x"), in.parameter("conv.weight"), in.optional("conv.bias"), in.integer("padding", 1));
    }

    private static ShapedVariable upsampleNearest(OpArguments in) {
        ShapedVariable x = in.input("x");
        JsonNode size = in.option("size");
        if (size.isArray()) {
            return Resampling.upsampleNearest(
                    x, size.path(0).asInt(), size.path(1).asInt());
        }
        if (!size.isMissingNode() && !size.isNull()) {
            return Resampling.upsampleNearest(x, size.asInt(), size.asInt());
        }
        int factor = in.integer("scale_factor", 2);
        return Resampling.upsampleNearest(x, (int) x.size(2) * factor, (int) x.size(3) * factor);
    }

    private static ShapedVariable upsampleNearestConv(OpArguments in) {
        in.inTheTensors("channels", "out_channels", "kernel_size", "kernel", "bias", "name");
        in.only("use_conv", "true");
        return Convolutions.conv2d(
                upsampleNearest(in),
                in.parameter("conv.weight"),
                in.optional("conv.bias"),
                1,
                in.integer("padding", 1));
    }

    private static ShapedVariable upsampleBilinear(OpArguments in) {
        in.only("scale_factor", "2", "2.0");
        return Resampling.upsampleBilinear(in.input("x"), in.flag("align_corners", false));
    }
}
