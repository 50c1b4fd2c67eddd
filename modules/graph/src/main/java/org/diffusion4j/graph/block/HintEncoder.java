package org.diffusion4j.graph.block;

import java.util.List;
import java.util.function.IntFunction;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Resampling;

/**
 * Convolutions that bring a picture to the size of its latents: Zhang et al. 2023 (arXiv:2302.05543), section 3.2. Each width but
 * the last is followed by a convolution that keeps it and one that halves the size.
 *
 * @param widths the channels between the convolutions
 * @param out channels of the result
 * @param silent whether the result is zero before training
 */
public record HintEncoder(List<Integer> widths, int out, boolean silent) {
    /** Keeps a copy. */
    public HintEncoder {
        widths = List.copyOf(widths);
    }

    /**
     * How many convolutions there are.
     *
     * @return the number
     */
    public int convolutions() {
        return 2 * widths.size();
    }

    /**
     * Adds the convolutions to the graph.
     *
     * @param scope their parameters
     * @param picture [N, C, H, W]
     * @param names the name of each convolution, by its number from 0 on
     * @return [N, out, H', W'], half the size for each width but the first, rounded up
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable picture, IntFunction<String> names) {
        int number = 0;
        ShapedVariable x = Convolutions.conv2d(scope.child(names.apply(number++)), picture, widths.get(0), 3);
        for (int i = 1; i < widths.size(); i++) {
            x = Convolutions.conv2d(scope.child(names.apply(number++)), Activations.silu(x), x.size(1), 3);
            x = Resampling.downsampleConv(scope.child(names.apply(number++)), Activations.silu(x), widths.get(i), 1);
        }
        x = Activations.silu(x);
        ParameterScope last = scope.child(names.apply(number));
        return silent ? zero(last, x, out, 3) : Convolutions.conv2d(last, x, out, 3);
    }

    /**
     * A convolution whose result is zero before training.
     *
     * @param scope its name and parameters
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @param kernel the odd kernel size in both directions
     * @return [N, out, H, W]
     */
    public static ShapedVariable zero(ParameterScope scope, ShapedVariable x, long out, int kernel) {
        Initial zeros = new Initial.Constant(0);
        return Convolutions.conv2d(
                x,
                scope.parameter("weight", zeros, true, out, x.size(1), kernel, kernel),
                scope.parameter("bias", zeros, true, out),
                1,
                (kernel - 1) / 2);
    }
}
