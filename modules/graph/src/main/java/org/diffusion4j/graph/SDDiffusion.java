package org.diffusion4j.graph;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.ops.SDOps;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The ops that a diffusion U-Net is made of, as {@code sd.nn()} has those of other networks. Each is a composition of
 * stock SameDiff ops whose gradients are right: thus a saved graph opens wherever ND4J runs. Images are NCHW, weights
 * are laid out as PyTorch has them: linear [out, in], convolution [out, in, kH, kW], transposed convolution
 * [in, out, kH, kW]. A bias or affine weight may be null where PyTorch's may be absent.
 */
public final class SDDiffusion extends SDOps {

    /**
     * The ops on a graph.
     *
     * @param sameDiff the graph that they are added to
     */
    public SDDiffusion(SameDiff sameDiff) {
        super(sameDiff);
    }

    /**
     * The graph.
     *
     * @return what the ops are added to
     */
    public SameDiff sameDiff() {
        return sd;
    }

    // Activations ----------------------------------------------------------------------------------------------------

    /**
     * The activation of that name.
     *
     * @param activation which
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable activation(Activation activation, ShapedVariable x) {
        return switch (activation) {
            case SILU -> silu(x);
            case RELU -> relu(x);
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case MISH -> mish(x);
        };
    }

    /**
     * x·sigmoid(x); composed, since the gradient of ND4J's swish is NaN from x = 89 on.
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable silu(ShapedVariable x) {
        return x.with(x.variable().mul(sd.nn().sigmoid(x.variable())));
    }

    /**
     * max(x, 0).
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable relu(ShapedVariable x) {
        return x.with(sd.nn().relu(x.variable(), 0));
    }

    /**
     * x·Φ(x) by the error function: ND4J's own gelu is x·sigmoid(1.702x), its preciseGelu neither of the two.
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable gelu(ShapedVariable x) {
        SDVariable cdf =
                sd.math().erf(x.variable().mul(Math.sqrt(0.5))).add(1.0).mul(0.5);
        return x.with(x.variable().mul(cdf));
    }

    /**
     * ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))): Hendrycks and Gimpel 2016 (arXiv:1606.08415).
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable geluTanh(ShapedVariable x) {
        SDVariable v = x.variable();
        SDVariable cubic = sd.math().square(v).mul(v).mul(0.044715);
        SDVariable cdf = sd.math()
                .tanh(v.add(cubic).mul(Math.sqrt(2 / Math.PI)))
                .add(1.0)
                .mul(0.5);
        return x.with(v.mul(cdf));
    }

    /**
     * x·sigmoid(1.702x), CLIP's gelu.
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable quickGelu(ShapedVariable x) {
        return x.with(x.variable().mul(sd.nn().sigmoid(x.variable().mul(1.702))));
    }

    /**
     * x·tanh(softplus(x)): Misra 2019 (arXiv:1908.08681); ND4J's own mish has no gradient.
     *
     * @param x any shape
     * @return the same shape
     */
    public ShapedVariable mish(ShapedVariable x) {
        return x.with(x.variable().mul(sd.math().tanh(sd.nn().softplus(x.variable()))));
    }

    /**
     * Softmax over a dimension.
     *
     * @param x any shape
     * @param dimension which; a negative one counts from the last
     * @return the same shape
     */
    public ShapedVariable softmax(ShapedVariable x, int dimension) {
        return x.with(sd.nn().softmax(x.variable(), dimension < 0 ? x.rank() + dimension : dimension));
    }

    /**
     * Dropout: Srivastava et al. 2014; a share of the elements becomes zero, the others are scaled up. The mask is a
     * hash of seed, layer and position, since ND4J's random ops repeat themselves within a session and know no seed.
     *
     * @param x [N, ...]
     * @param share dropped, in [0, 1)
     * @param seed [N], any numbers: another one for every image and step
     * @param layer distinguishes the masks of one network
     * @return the same shape
     */
    public ShapedVariable dropout(ShapedVariable x, double share, SDVariable seed, int layer) {
        long[] image = x.shape();
        image[0] = 1;
        long positions = Arrays.stream(image).reduce(1, (a, b) -> a * b);
        SDVariable position =
                sd.range(0, (double) positions, 1, DataType.DOUBLE).reshape(1, positions);
        SDVariable phase = sd.castTo(seed, DataType.DOUBLE)
                .mul(0.7548776662466927)
                .add(layer * 0.5698402909980532)
                .reshape(-1, 1);
        // A sequence of low discrepancy, scrambled by two quadratic maps: no integers, no sine, the same in any engine.
        SDVariable hash = fraction(position.mul(0.6180339887498949).add(phase));
        hash = fraction(hash.add(31.7).mul(hash.add(7.3)).mul(1027.3));
        SDVariable uniform = fraction(hash.add(19.1).mul(hash.add(3.7)).mul(2053.9));
        SDVariable kept = sd.castTo(sd.gte(uniform, share), x.dataType());
        return x.with(x.variable().mul(sd.reshape(kept, x.shape())).div(1 - share));
    }

    private SDVariable fraction(SDVariable x) {
        return x.sub(sd.math().floor(x));
    }

    // Linear layers and convolutions ---------------------------------------------------------------------------------

    /**
     * x·Wᵀ + b over the last dimension.
     *
     * @param x [..., in]
     * @param weight [out, in]
     * @param bias [out] or null
     * @return [..., out]
     */
    public ShapedVariable linear(ShapedVariable x, SDVariable weight, SDVariable bias) {
        long out = weight.getShape()[0];
        // mmul takes equal ranks alone: flatten what is in front.
        SDVariable rows = x.rank() == 2 ? x.variable() : sd.reshape(x.variable(), -1, x.size(-1));
        SDVariable y = sd.mmul(rows, weight, false, true, false);
        if (bias != null) {
            y = y.add(bias);
        }
        long[] shape = x.shape();
        shape[shape.length - 1] = out;
        return new ShapedVariable(x.rank() == 2 ? y : sd.reshape(y, shape), shape);
    }

    /**
     * Convolution (cross-correlation).
     *
     * @param x [N, in, H, W]
     * @param weight [out, in, kH, kW]
     * @param bias [out] or null
     * @param stride both directions
     * @param padding zeros on each side
     * @return [N, out, (H + 2·padding - kH) / stride + 1, …]
     */
    public ShapedVariable conv2d(ShapedVariable x, SDVariable weight, SDVariable bias, int stride, int padding) {
        long[] kernel = weight.getShape();
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(kernel[2])
                .kW(kernel[3])
                .sH(stride)
                .sW(stride)
                .pH(padding)
                .pW(padding)
                .dataFormat("NCHW")
                .build();
        // conv2d's gradient fails with weights as [out, in, kH, kW]; by a permute to [kH, kW, in, out] it is right.
        SDVariable yxio = sd.permute(weight, 2, 3, 1, 0);
        SDVariable y = bias == null
                ? sd.cnn().conv2d(x.variable(), yxio, config)
                : sd.cnn().conv2d(x.variable(), yxio, bias, config);
        return new ShapedVariable(
                y,
                x.size(0),
                kernel[0],
                (x.size(2) + 2L * padding - kernel[2]) / stride + 1,
                (x.size(3) + 2L * padding - kernel[3]) / stride + 1);
    }

    /**
     * Transposed convolution, with PyTorch's padding and output padding.
     *
     * @param x [N, in, H, W]
     * @param weight [in, out, kH, kW]
     * @param bias [out] or null
     * @param stride both directions
     * @param padding cut off on each side
     * @param outputPadding added to the bottom and right
     * @return [N, out, (H - 1)·stride - 2·padding + kH + outputPadding, …]
     */
    public ShapedVariable convTranspose2d(
            ShapedVariable x, SDVariable weight, SDVariable bias, int stride, int padding, int outputPadding) {
        long[] kernel = weight.getShape();
        DeConv2DConfig config = DeConv2DConfig.builder()
                .kH(kernel[2])
                .kW(kernel[3])
                .sH(stride)
                .sW(stride)
                .dataFormat("NCHW")
                .build();
        SDVariable yxoi = sd.permute(weight, 2, 3, 1, 0);
        long fullHeight = (x.size(2) - 1) * stride + kernel[2];
        long fullWidth = (x.size(3) - 1) * stride + kernel[3];
        ShapedVariable full = new ShapedVariable(
                sd.cnn().deconv2d(x.variable(), yxoi, config), x.size(0), kernel[1], fullHeight, fullWidth);
        // deconv2d knows no output padding: it is computed whole and cut.
        long height = fullHeight - 2L * padding + outputPadding;
        long width = fullWidth - 2L * padding + outputPadding;
        ShapedVariable y = full;
        long below = Math.max(0, padding + height - fullHeight);
        long right = Math.max(0, padding + width - fullWidth);
        if (below > 0 || right > 0) {
            y = zeroPad(y, 0, (int) below, 0, (int) right);
        }
        if (height != y.size(2) || width != y.size(3)) {
            y = new ShapedVariable(
                    sd.stridedSlice(
                            y.variable(),
                            new long[] {0, 0, padding, padding},
                            new long[] {0, 0, padding + height, padding + width},
                            new long[] {1, 1, 1, 1},
                            3,
                            3,
                            0,
                            0,
                            0),
                    y.size(0),
                    kernel[1],
                    height,
                    width);
        }
        return bias == null ? y : y.with(sd.nn().biasAdd(y.variable(), bias, true));
    }

    private ShapedVariable zeroPad(ShapedVariable x, int top, int bottom, int left, int right) {
        SDVariable amounts =
                sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {top, bottom}, {left, right}}));
        return new ShapedVariable(
                sd.nn().pad(x.variable(), amounts, PadMode.CONSTANT, 0),
                x.size(0),
                x.size(1),
                x.size(2) + top + bottom,
                x.size(3) + left + right);
    }

    // Norms ----------------------------------------------------------------------------------------------------------

    /**
     * Group norm: Wu and He 2018 (arXiv:1803.08494). Composed, since ND4J's norms have no epsilon.
     *
     * @param x [N, C, ...]
     * @param groups a divisor of C
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable groupNorm(ShapedVariable x, int groups, SDVariable weight, SDVariable bias, double eps) {
        long channels = x.size(1);
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "group norm: expected groups that divide %d channels, found %d", channels, groups));
        }
        long positions = Arrays.stream(x.shape()).skip(2).reduce(1, (a, b) -> a * b);
        SDVariable grouped = sd.reshape(x.variable(), -1, groups, channels / groups * positions);
        SDVariable normalized = sd.reshape(standardized(grouped, eps, 2), x.shape());
        return x.with(affine(normalized, weight, bias, channels, x.rank()));
    }

    /**
     * Layer norm over the last dimension: Ba et al. 2016 (arXiv:1607.06450).
     *
     * @param x [..., C]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable layerNorm(ShapedVariable x, SDVariable weight, SDVariable bias, double eps) {
        SDVariable y = standardized(x.variable(), eps, x.rank() - 1);
        if (weight != null) {
            y = y.mul(weight);
        }
        return x.with(bias == null ? y : y.add(bias));
    }

    /**
     * Batch norm by given statistics, as in evaluation: Ioffe and Szegedy 2015 (arXiv:1502.03167).
     *
     * @param x [N, C, H, W]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param mean [C]
     * @param variance [C]
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable batchNorm(
            ShapedVariable x, SDVariable weight, SDVariable bias, SDVariable mean, SDVariable variance, double eps) {
        long[] channel = perChannel(x.size(1), x.rank());
        SDVariable deviation = sd.math().sqrt(sd.reshape(variance, channel).add(eps));
        SDVariable y = x.variable().sub(sd.reshape(mean, channel)).div(deviation);
        return x.with(affine(y, weight, bias, x.size(1), x.rank()));
    }

    /**
     * Batch norm by the batch's own statistics, as in training.
     *
     * @param x [N, C, H, W]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable batchNormTraining(ShapedVariable x, SDVariable weight, SDVariable bias, double eps) {
        return x.with(affine(standardized(x.variable(), eps, 0, 2, 3), weight, bias, x.size(1), x.rank()));
    }

    private SDVariable standardized(SDVariable x, double eps, int... dimensions) {
        SDVariable centered = x.sub(sd.mean(x, true, dimensions));
        SDVariable variance = sd.mean(sd.math().square(centered), true, dimensions);
        return centered.div(sd.math().sqrt(variance.add(eps)));
    }

    private SDVariable affine(SDVariable x, SDVariable weight, SDVariable bias, long channels, int rank) {
        long[] channel = perChannel(channels, rank);
        SDVariable y = weight == null ? x : x.mul(sd.reshape(weight, channel));
        return bias == null ? y : y.add(sd.reshape(bias, channel));
    }

    private static long[] perChannel(long channels, int rank) {
        long[] shape = new long[rank];
        Arrays.fill(shape, 1);
        shape[1] = channels;
        return shape;
    }

    // What the time embedding does to a hidden state -----------------------------------------------------------------

    /**
     * h + e, the embedding at every position.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, C]
     * @return the same shape as h
     */
    public ShapedVariable addEmbedding(ShapedVariable h, ShapedVariable embedding) {
        return h.with(h.variable().add(atEveryPosition(embedding)));
    }

    /**
     * h·(1 + scale) + shift: Dhariwal and Nichol 2021 (arXiv:2105.05233), equation 3, with h normalised already.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, 2C], the scales, then the shifts
     * @return the same shape as h
     */
    public ShapedVariable scaleShift(ShapedVariable h, ShapedVariable embedding) {
        ShapedVariable[] halves = halves(embedding);
        return h.with(h.variable().mul(atEveryPosition(halves[0]).add(1.0)).add(atEveryPosition(halves[1])));
    }

    /**
     * γ⊙h + β: Perez et al. 2018 (arXiv:1709.07871), equation 2.
     *
     * @param h [N, C, H, W]
     * @param gamma [N, C]
     * @param beta [N, C]
     * @return the same shape as h
     */
    public ShapedVariable film(ShapedVariable h, ShapedVariable gamma, ShapedVariable beta) {
        return h.with(h.variable().mul(atEveryPosition(gamma)).add(atEveryPosition(beta)));
    }

    /**
     * [h, e]: the embedding as further channels.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, D]
     * @return [N, C + D, H, W]
     */
    public ShapedVariable concatEmbedding(ShapedVariable h, ShapedVariable embedding) {
        SDVariable map = sd.tile(atEveryPosition(embedding), 1, 1, (int) h.size(2), (int) h.size(3));
        return concatChannels(h, new ShapedVariable(map, h.size(0), embedding.size(1), h.size(2), h.size(3)));
    }

    /**
     * Adaptive group norm: norm(x)·(1 + scale) + shift, both from a linear layer on the activated embedding.
     *
     * @param x [N, C, H, W]
     * @param embedding [N, D]
     * @param activation of the embedding; null for none
     * @param linearWeight [2C, D]
     * @param linearBias [2C]
     * @param groups a divisor of C
     * @param normWeight [C] or null
     * @param normBias [C] or null
     * @param eps added to the variance
     * @return the same shape as x
     */
    public ShapedVariable adaGroupNorm(
            ShapedVariable x,
            ShapedVariable embedding,
            Activation activation,
            SDVariable linearWeight,
            SDVariable linearBias,
            int groups,
            SDVariable normWeight,
            SDVariable normBias,
            double eps) {
        ShapedVariable activated = activation == null ? embedding : activation(activation, embedding);
        return scaleShift(groupNorm(x, groups, normWeight, normBias, eps), linear(activated, linearWeight, linearBias));
    }

    /**
     * The two halves of the last dimension.
     *
     * @param x [N, 2C]
     * @return [N, C] twice
     */
    public ShapedVariable[] halves(ShapedVariable x) {
        SDVariable[] parts = sd.split(x.variable(), 2, x.rank() - 1);
        long[] shape = x.shape();
        shape[shape.length - 1] /= 2;
        return new ShapedVariable[] {new ShapedVariable(parts[0], shape), new ShapedVariable(parts[1], shape)};
    }

    private SDVariable atEveryPosition(ShapedVariable embedding) {
        return sd.reshape(embedding.variable(), -1, embedding.size(1), 1, 1);
    }

    // Attention ------------------------------------------------------------------------------------------------------

    /**
     * Multi-head attention, softmax(q·kᵀ/√d)·v: Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.
     *
     * @param query [N, S, heads·d]
     * @param key [N, L, heads·d]
     * @param value [N, L, heads·d]
     * @param heads a divisor of the last dimension
     * @return [N, S, heads·d]
     */
    public ShapedVariable attention(ShapedVariable query, ShapedVariable key, ShapedVariable value, int heads) {
        long width = query.size(2) / heads;
        SDVariable scores = sd.mmul(heads(query, heads), heads(key, heads), false, true, false)
                .mul(1 / Math.sqrt((double) width));
        SDVariable mixed = sd.mmul(sd.nn().softmax(scores, 3), heads(value, heads));
        return new ShapedVariable(sd.reshape(sd.permute(mixed, 0, 2, 1, 3), query.shape()), query.shape());
    }

    private SDVariable heads(ShapedVariable x, int heads) {
        return sd.permute(sd.reshape(x.variable(), -1, x.size(1), heads, x.size(2) / heads), 0, 2, 1, 3);
    }

    /**
     * An image as a sequence of its positions.
     *
     * @param x [N, C, H, W]
     * @return [N, H·W, C]
     */
    public ShapedVariable toSequence(ShapedVariable x) {
        long positions = x.size(2) * x.size(3);
        SDVariable rows = sd.reshape(x.variable(), -1, x.size(1), positions);
        return new ShapedVariable(sd.permute(rows, 0, 2, 1), x.size(0), positions, x.size(1));
    }

    /**
     * A sequence of positions as an image.
     *
     * @param x [N, H·W, C]
     * @param height H
     * @param width W
     * @return [N, C, H, W]
     */
    public ShapedVariable toImage(ShapedVariable x, long height, long width) {
        SDVariable planes = sd.permute(x.variable(), 0, 2, 1);
        return new ShapedVariable(
                sd.reshape(planes, -1, x.size(2), height, width), x.size(0), x.size(2), height, width);
    }

    // Resampling -----------------------------------------------------------------------------------------------------

    /**
     * Half the size by a convolution of stride 2.
     *
     * @param x [N, in, H, W]
     * @param weight [out, in, 3, 3]
     * @param bias [out]
     * @param padding 1, or 0 for zeros at the right and bottom alone, as diffusers has it
     * @return [N, out, H/2, W/2], rounded up with padding 1 and down with 0
     */
    public ShapedVariable downsampleConv(ShapedVariable x, SDVariable weight, SDVariable bias, int padding) {
        ShapedVariable padded = padding == 0 ? zeroPad(x, 0, 1, 0, 1) : x;
        return conv2d(padded, weight, bias, 2, padding);
    }

    /**
     * 2×2 average pooling; an odd last row or column is left out.
     *
     * @param x [N, C, H, W]
     * @return [N, C, H/2, W/2]
     */
    public ShapedVariable avgPool(ShapedVariable x) {
        return halved(x, sd.cnn().avgPooling2d(x.variable(), pooling()));
    }

    /**
     * 2×2 max pooling; an odd last row or column is left out.
     *
     * @param x [N, C, H, W]
     * @return [N, C, H/2, W/2]
     */
    public ShapedVariable maxPool(ShapedVariable x) {
        return halved(x, sd.cnn().maxPooling2d(x.variable(), pooling()));
    }

    private static Pooling2DConfig pooling() {
        return Pooling2DConfig.builder().kH(2).kW(2).sH(2).sW(2).isNHWC(false).build();
    }

    private static ShapedVariable halved(ShapedVariable x, SDVariable y) {
        return new ShapedVariable(y, x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2);
    }

    /**
     * Half the size by the binomial filter (1, 3, 3, 1) in both directions: Zhang 2019 (arXiv:1904.11486).
     *
     * @param x [N, C, H, W], both even
     * @return [N, C, H/2, W/2]
     */
    public ShapedVariable firDownsample(ShapedVariable x) {
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
        SDVariable y = sd.cnn().conv2d(plane, firKernel(x.dataType(), 1.0 / 64), config);
        long height = x.size(2) / 2;
        long width = x.size(3) / 2;
        return new ShapedVariable(sd.reshape(y, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    /**
     * Twice the size by the binomial filter (1, 3, 3, 1) in both directions.
     *
     * @param x [N, C, H, W]
     * @return [N, C, 2H, 2W]
     */
    public ShapedVariable firUpsample(ShapedVariable x) {
        ShapedVariable plane =
                new ShapedVariable(sd.reshape(x.variable(), -1, 1, x.size(2), x.size(3)), -1, 1, x.size(2), x.size(3));
        // Zeros between the pixels, then the filter: a transposed convolution, whose gain of 4 fills the zeros.
        DeConv2DConfig config = DeConv2DConfig.builder()
                .kH(4)
                .kW(4)
                .sH(2)
                .sW(2)
                .pH(1)
                .pW(1)
                .dataFormat("NCHW")
                .build();
        SDVariable y = sd.cnn().deconv2d(plane.variable(), firKernel(x.dataType(), 4.0 / 64), config);
        long height = x.size(2) * 2;
        long width = x.size(3) * 2;
        return new ShapedVariable(sd.reshape(y, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    private SDVariable firKernel(DataType type, double gain) {
        double[] binomial = {1, 3, 3, 1};
        INDArray kernel = Nd4j.create(DataType.DOUBLE, 4, 4, 1, 1);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                kernel.putScalar(new int[] {y, x, 0, 0}, binomial[y] * binomial[x] * gain);
            }
        }
        return sd.constant(kernel.castTo(type));
    }

    /**
     * Twice the size by nearest neighbour.
     *
     * @param x [N, C, H, W]
     * @return [N, C, 2H, 2W]
     */
    public ShapedVariable upsampleNearest(ShapedVariable x) {
        return new ShapedVariable(
                sd.cnn().upsampling2d(x.variable(), 2, 2, true), x.size(0), x.size(1), x.size(2) * 2, x.size(3) * 2);
    }

    /**
     * Any size by nearest neighbour, as PyTorch rounds: pixel i is ⌊i·H/height⌋ of the input.
     *
     * @param x [N, C, H, W]
     * @param height of the result
     * @param width of the result
     * @return [N, C, height, width]
     */
    public ShapedVariable upsampleNearest(ShapedVariable x, int height, int width) {
        if (height == 2 * x.size(2) && width == 2 * x.size(3)) {
            return upsampleNearest(x);
        }
        return resample(x, nearest((int) x.size(2), height), nearest((int) x.size(3), width));
    }

    private static double[][] nearest(int from, int to) {
        double[][] weights = new double[from][to];
        for (int i = 0; i < to; i++) {
            weights[Math.min((int) (i * ((float) from / to)), from - 1)][i] = 1;
        }
        return weights;
    }

    /**
     * Twice the size, bilinearly; composed of two products, since ND4J's own has no gradient.
     *
     * @param x [N, C, H, W]
     * @param alignCorners whether the corners' pixels stay where they are; else the pixels' edges do
     * @return [N, C, 2H, 2W]
     */
    public ShapedVariable upsampleBilinear(ShapedVariable x, boolean alignCorners) {
        return resample(x, bilinear((int) x.size(2), alignCorners), bilinear((int) x.size(3), alignCorners));
    }

    private static double[][] bilinear(int from, boolean alignCorners) {
        int to = 2 * from;
        double[][] weights = new double[from][to];
        for (int i = 0; i < to; i++) {
            double position =
                    alignCorners ? (double) i * (from - 1) / Math.max(to - 1, 1) : Math.max(0, (i + 0.5) / 2 - 0.5);
            int low = Math.min((int) position, from - 1);
            double share = position - low;
            weights[low][i] += 1 - share;
            weights[Math.min(low + 1, from - 1)][i] += share;
        }
        return weights;
    }

    private ShapedVariable resample(ShapedVariable x, double[][] rows, double[][] columns) {
        long height = rows[0].length;
        long width = columns[0].length;
        SDVariable wide = sd.mmul(sd.reshape(x.variable(), -1, x.size(3)), constant(columns, x.dataType()));
        SDVariable turned = sd.permute(sd.reshape(wide, -1, x.size(2), width), 0, 2, 1);
        SDVariable tall = sd.mmul(sd.reshape(turned, -1, x.size(2)), constant(rows, x.dataType()));
        SDVariable back = sd.permute(sd.reshape(tall, -1, width, height), 0, 2, 1);
        return new ShapedVariable(sd.reshape(back, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    private SDVariable constant(double[][] values, DataType type) {
        return sd.constant(Nd4j.createFromArray(values).castTo(type));
    }

    /**
     * [a, b] along the channels.
     *
     * @param a [N, A, H, W]
     * @param b [N, B, H, W]
     * @return [N, A + B, H, W]
     */
    public ShapedVariable concatChannels(ShapedVariable a, ShapedVariable b) {
        return new ShapedVariable(
                sd.concat(1, a.variable(), b.variable()), a.size(0), a.size(1) + b.size(1), a.size(2), a.size(3));
    }

    // Timestep embeddings --------------------------------------------------------------------------------------------

    /**
     * Sines, then cosines, as diffusers' {@code get_timestep_embedding}: in float32 whatever the network's type.
     *
     * @param timestep [N], float
     * @param dim the width; an odd one gets a zero at the end
     * @param flipSinToCos cosines first
     * @param downscaleFreqShift 0: the last frequency is near 1/maxPeriod; 1: it is 1/maxPeriod
     * @param scale of the angles
     * @param maxPeriod the longest period, over 2π
     * @return [N, dim], float32
     */
    public ShapedVariable timestepEmbedding(
            SDVariable timestep,
            int dim,
            boolean flipSinToCos,
            double downscaleFreqShift,
            double scale,
            double maxPeriod) {
        int half = dim / 2;
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            // float32 step by step, as PyTorch rounds: at t = 999 a frequency's last bit shows.
            float exponent = (float) -Math.log(maxPeriod) * i;
            frequencies[i] = (float) Math.exp(exponent / (float) (half - downscaleFreqShift));
        }
        SDVariable angles = sd.castTo(timestep, DataType.FLOAT)
                .reshape(-1, 1)
                .mul(sd.constant(Nd4j.createFromArray(frequencies).reshape(1, half)));
        if (scale != 1) {
            angles = angles.mul(scale);
        }
        SDVariable sin = sd.math().sin(angles);
        SDVariable cos = sd.math().cos(angles);
        SDVariable embedding = flipSinToCos ? sd.concat(1, cos, sin) : sd.concat(1, sin, cos);
        if (dim % 2 == 1) {
            SDVariable amounts = sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 1}}));
            embedding = sd.nn().pad(embedding, amounts, PadMode.CONSTANT, 0);
        }
        return new ShapedVariable(embedding, -1, dim);
    }

    /**
     * Sine and cosine in turn: PE(t, 2i) = sin(t / 10000^(2i/dim)), PE(t, 2i+1) = cos(t / 10000^(2i/dim)), Vaswani et al.
     * 2017 (arXiv:1706.03762), section 3.5. The angles are double, since at t = 999 float ones are off by 3e-5.
     *
     * @param timestep [N], float
     * @param dim the width, even
     * @return [N, dim], float32
     */
    public ShapedVariable interleavedTimestepEmbedding(SDVariable timestep, int dim) {
        if (dim < 2 || dim % 2 != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "interleaved timestep embedding: expected an even width, found %d", dim));
        }
        double[] frequencies = new double[dim / 2];
        for (int i = 0; i < dim / 2; i++) {
            frequencies[i] = Math.pow(10000, -2.0 * i / dim);
        }
        SDVariable angles = sd.castTo(timestep, DataType.DOUBLE)
                .reshape(-1, 1, 1)
                .mul(sd.constant(Nd4j.createFromArray(frequencies).reshape(1, dim / 2, 1)));
        SDVariable pairs = sd.concat(2, sd.math().sin(angles), sd.math().cos(angles));
        return new ShapedVariable(sd.castTo(sd.reshape(pairs, -1, dim), DataType.FLOAT), -1, dim);
    }

    /**
     * Gaussian Fourier features: Tancik et al. 2020 (arXiv:2006.10739), as diffusers has them.
     *
     * @param timestep [N]
     * @param weight [D], not trained
     * @param log whether the timestep's logarithm is taken first
     * @param flipSinToCos cosines first
     * @return [N, 2D], in the weight's type
     */
    public ShapedVariable fourierEmbedding(SDVariable timestep, SDVariable weight, boolean log, boolean flipSinToCos) {
        SDVariable t = sd.castTo(timestep, weight.dataType());
        long width = weight.getShape()[0];
        SDVariable angles = (log ? sd.math().log(t) : t)
                .reshape(-1, 1)
                .mul(sd.reshape(weight, 1, width))
                .mul(2 * Math.PI);
        SDVariable sin = sd.math().sin(angles);
        SDVariable cos = sd.math().cos(angles);
        return new ShapedVariable(flipSinToCos ? sd.concat(1, cos, sin) : sd.concat(1, sin, cos), -1, 2 * width);
    }

    /**
     * A row of a table for each index; by a one-hot product, since gather has no gradient for integer indices.
     *
     * @param index [N], integers in [0, rows)
     * @param table [rows, D]
     * @return [N, D]
     */
    public ShapedVariable embedding(SDVariable index, SDVariable table) {
        long[] shape = table.getShape();
        SDVariable chosen = sd.oneHot(index, (int) shape[0], -1, 1.0, 0.0, table.dataType());
        return new ShapedVariable(sd.mmul(chosen, table), -1, shape[1]);
    }

    // Feed-forward layers --------------------------------------------------------------------------------------------

    /**
     * Two linear layers with an activation between: the time MLP.
     *
     * @param x [N, in]
     * @param weight1 [hidden, in]
     * @param bias1 [hidden]
     * @param activation between the two
     * @param weight2 [out, hidden]
     * @param bias2 [out]
     * @return [N, out]
     */
    public ShapedVariable mlp(
            ShapedVariable x,
            SDVariable weight1,
            SDVariable bias1,
            Activation activation,
            SDVariable weight2,
            SDVariable bias2) {
        return linear(activation(activation, linear(x, weight1, bias1)), weight2, bias2);
    }

    /**
     * A gated linear unit, a·gelu(g) with [a, g] = x·Wᵀ + b: Shazeer 2020 (arXiv:2002.05202).
     *
     * @param x [..., in]
     * @param weight [2·hidden, in]
     * @param bias [2·hidden]
     * @return [..., hidden]
     */
    public ShapedVariable geglu(ShapedVariable x, SDVariable weight, SDVariable bias) {
        ShapedVariable[] halves = halves(linear(x, weight, bias));
        return halves[0].with(halves[0].variable().mul(gelu(halves[1]).variable()));
    }
}
