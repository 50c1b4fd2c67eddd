package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Halves and doubles the size of images with the binomial filter (1, 3, 3, 1) in both directions: Zhang 2019 (arXiv:1904.11486).
 */
public final class FirResampling {
    private FirResampling() {}

    /**
     * Halves the size with the binomial filter (1, 3, 3, 1) in both directions: Zhang 2019 (arXiv:1904.11486).
     *
     * @param x [N, C, H, W] with even H and W
     * @return [N, C, H/2, W/2]
     */
    public static ShapedVariable half(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        SDVariable plane = sd.reshape(x.variable(), -1, 1, x.size(2), x.size(3));
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(4)
                .kW(4)
                .sH(2)
                .sW(2)
                .pH(1)
                .pW(1)
                .dataFormat("NCHW")
                .build();
        SDVariable y = sd.cnn().conv2d(plane, kernel(sd, x.dataType(), 1.0 / 64), config);
        long height = x.size(2) / 2;
        long width = x.size(3) / 2;
        return new ShapedVariable(sd.reshape(y, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    /**
     * Doubles the size with the binomial filter (1, 3, 3, 1) in both directions.
     *
     * @param x [N, C, H, W]
     * @return [N, C, 2H, 2W]
     */
    public static ShapedVariable twice(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        ShapedVariable plane =
                new ShapedVariable(sd.reshape(x.variable(), -1, 1, x.size(2), x.size(3)), -1, 1, x.size(2), x.size(3));
        // A transposed convolution puts zeros between the pixels and applies the filter; its gain of 4 makes up for the
        // zeros.
        DeConv2DConfig config = DeConv2DConfig.builder()
                .kH(4)
                .kW(4)
                .sH(2)
                .sW(2)
                .pH(1)
                .pW(1)
                .dataFormat("NCHW")
                .build();
        SDVariable y = sd.cnn().deconv2d(plane.variable(), kernel(sd, x.dataType(), 4.0 / 64), config);
        long height = x.size(2) * 2;
        long width = x.size(3) * 2;
        return new ShapedVariable(sd.reshape(y, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    private static SDVariable kernel(SameDiff sd, DataType type, double gain) {
        double[] binomial = {1, 3, 3, 1};
        INDArray kernel = Nd4j.create(DataType.DOUBLE, 4, 4, 1, 1);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                kernel.putScalar(new int[] {y, x, 0, 0}, binomial[y] * binomial[x] * gain);
            }
        }
        return sd.constant(kernel.castTo(type));
    }
}
