package org.diffusion4j.training.evaluate.inception;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** The layers that InceptionV3 is made of, with weights under PyTorch's names. */
final class InceptionLayers {
    /** Added to a channel's variance. */
    private static final double EPS = 1e-3;

    private final SameDiff graph;
    private final Weights weights;

    /** Where the weights come from. */
    @FunctionalInterface
    interface Weights {
        /** The weight of a name, which must have this shape, in any order and type. */
        INDArray array(String name, long... shape);
    }

    InceptionLayers(SameDiff graph, Weights weights) {
        this.graph = graph;
        this.weights = weights;
    }

    /** How a convolution moves over its images. */
    record Place(int stride, int above, int left) {
        static final Place EACH = new Place(1, 0, 0);
        static final Place SECOND = new Place(2, 0, 0);
    }

    /** A convolution that keeps the size, of an odd kernel. */
    SDVariable same(String name, SDVariable x, int in, int out, int height, int width) {
        return convolution(name, x, new Place(1, height / 2, width / 2), out, in, height, width);
    }

    /**
     * A convolution, batch normalisation by running statistics, and relu. The normalisation is a factor and a summand for each channel,
     * which become part of the convolution's weights.
     *
     * @param name the layer's name
     * @param shape of the weight, [out, in, kH, kW]
     */
    SDVariable convolution(String name, SDVariable x, Place place, long... shape) {
        long out = shape[0];
        double[] mean = vector(name + ".bn.running_mean", out);
        double[] variance = vector(name + ".bn.running_var", out);
        double[] factor = vector(name + ".bn.weight", out);
        double[] summand = vector(name + ".bn.bias", out);
        for (int channel = 0; channel < out; channel++) {
            factor[channel] /= Math.sqrt(variance[channel] + EPS);
            summand[channel] -= mean[channel] * factor[channel];
        }
        INDArray scaled = weights.array(name + ".conv.weight", shape)
                .castTo(DataType.DOUBLE)
                .reshape('c', out, -1)
                .mulColumnVector(Nd4j.createFromArray(factor).reshape(out, 1))
                .castTo(DataType.FLOAT)
                .reshape('c', shape);
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(shape[2])
                .kW(shape[3])
                .sH(place.stride)
                .sW(place.stride)
                .pH(place.above)
                .pW(place.left)
                .dataFormat("NCHW")
                .weightsFormat(WeightsFormat.OIYX)
                .build();
        SDVariable weight = graph.var(name + ".weight", scaled);
        SDVariable bias =
                graph.var(name + ".bias", Nd4j.createFromArray(summand).castTo(DataType.FLOAT));
        return graph.nn().relu(name, graph.cnn().conv2d(x, weight, bias, config), 0);
    }

    private double[] vector(String name, long length) {
        return weights.array(name, length).castTo(DataType.DOUBLE).toDoubleVector();
    }

    /** Halves the size by the largest of 3×3, without padding. */
    SDVariable maxPool(SDVariable x) {
        return graph.cnn().maxPooling2d(x, pooling(2, 0));
    }

    /** The largest of 3×3 around each pixel. */
    SDVariable maxAround(SDVariable x) {
        return graph.cnn().maxPooling2d(x, pooling(1, 1));
    }

    /** The mean of 3×3 around each pixel, of those that are in the image. */
    SDVariable meanAround(SDVariable x) {
        return graph.cnn().avgPooling2d(x, pooling(1, 1));
    }

    private static Pooling2DConfig pooling(int stride, int padding) {
        return Pooling2DConfig.builder()
                .kH(3)
                .kW(3)
                .sH(stride)
                .sW(stride)
                .pH(padding)
                .pW(padding)
                .isNHWC(false)
                .build();
    }

    SDVariable concat(SDVariable... parts) {
        return graph.concat(1, parts);
    }
}
