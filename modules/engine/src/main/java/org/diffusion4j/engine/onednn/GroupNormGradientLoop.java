package org.diffusion4j.engine.onednn;

import java.util.Arrays;
import org.diffusion4j.engine.onednn.GroupNormLoop.Kept;
import org.diffusion4j.kernels.Kernels;

/**
 * The gradient of {@link GroupNormLoop} in two passes over an image. The first pass computes the gradient of the
 * activation's operand and its sums per channel. With these sums, dx is a linear function of dz and x in each channel,
 * which the second pass computes. With x̂ = (x - center)·inverse, z = x̂·k + …, k = weight·scale, and g = dz·k: dx =
 * inverse·(g - mean(g) - x̂·mean(g·x̂)), where the means are over the group.
 */
final class GroupNormGradientLoop implements Runnable {
    private final Kernels kernels;
    private final GroupNormLoop.Size size;
    private final Operands in;
    private final Results out;
    private final float[] scale;
    private final float[] shift;
    private final float[] center;
    private final float[] inverse;
    private final float[] mean;
    private final float[] sums;
    private final float[] products;
    private final float[] a;
    private final float[] b;
    private final float[] c;
    private final double[] weightGradient;
    private final double[] biasGradient;

    /** The buffers that are read; optional ones may be null. */
    record Operands(
            Buffer x,
            Buffer weight,
            Buffer bias,
            Buffer embedding,
            Buffer scale,
            Buffer kept,
            Buffer dy,
            Buffer other) {}

    /** The buffers that are written; optional ones may be null. The gradients of weight and bias are those of this call only. */
    record Results(Buffer dx, Buffer embedding, Buffer scale, Buffer shift, Buffer weight, Buffer bias) {}

    GroupNormGradientLoop(Kernels kernels, GroupNormLoop.Size size, Operands in, Results out) {
        this.kernels = kernels;
        this.size = size;
        this.in = in;
        this.out = out;
        int channels = size.channels();
        this.scale = new float[channels];
        this.shift = new float[channels];
        this.center = new float[channels];
        this.inverse = new float[channels];
        this.mean = new float[channels];
        this.sums = new float[channels];
        this.products = new float[channels];
        this.a = new float[channels];
        this.b = new float[channels];
        this.c = new float[channels];
        this.weightGradient = new double[channels];
        this.biasGradient = new double[channels];
    }

    Buffer[] buffers() {
        return new Buffer[] {
            in.x,
            in.weight,
            in.bias,
            in.embedding,
            in.scale,
            in.kept,
            in.dy,
            in.other,
            out.dx,
            out.embedding,
            out.scale,
            out.shift,
            out.weight,
            out.bias
        };
    }

    @Override
    public void run() {
        Arrays.fill(weightGradient, 0);
        Arrays.fill(biasGradient, 0);
        int channels = size.channels();
        int width = channels / size.groups();
        for (int image = 0; image < size.images(); image++) {
            int offset = image * size.imageBytes();
            Kept.SCALE.row(in.kept.bytes(), size, image, scale);
            Kept.SHIFT.row(in.kept.bytes(), size, image, shift);
            Kept.CENTER.row(in.kept.bytes(), size, image, center);
            Kept.INVERSE.row(in.kept.bytes(), size, image, inverse);
            Kept.MEAN.row(in.kept.bytes(), size, image, mean);
            kernels.normGradientSums(
                    in.x.bytes(),
                    in.dy.bytes(),
                    out.dx.bytes(),
                    offset,
                    size.positions(),
                    channels,
                    scale,
                    shift,
                    center,
                    size.activation(),
                    sums,
                    products);
            for (int group = 0; group < size.groups(); group++) {
                fold(image, group * width, (group + 1) * width);
            }
            kernels.normGradient(
                    out.dx.bytes(),
                    in.x.bytes(),
                    in.other == null ? null : in.other.bytes(),
                    out.dx.bytes(),
                    offset,
                    size.positions(),
                    channels,
                    a,
                    b,
                    c);
        }
        for (int channel = 0; channel < channels; channel++) {
            if (out.weight != null) {
                out.weight.set(channel, weightGradient[channel]);
            }
            if (out.bias != null) {
                out.bias.set(channel, biasGradient[channel]);
            }
        }
    }

    private void fold(int image, int from, int to) {
        double inverseDeviation = inverse[from];
        double count = (double) (to - from) * size.positions();
        long row = (long) image * size.channels();
        double meanOfG = 0;
        double meanOfProduct = 0;
        for (int i = from; i < to; i++) {
            double outer = in.scale == null ? 1 : in.scale.get(row + i);
            double weight = in.weight == null ? 1 : in.weight.get(i);
            double normalized = products[i] * inverseDeviation; // the sum of dz·x̂
            meanOfG += sums[i] * weight * outer / count;
            meanOfProduct += normalized * weight * outer / count;
            weightGradient[i] += normalized * outer;
            biasGradient[i] += sums[i] * outer;
            if (out.scale != null) {
                double bias = in.bias == null ? 0 : in.bias.get(i);
                out.scale.set(row + i, normalized * weight + sums[i] * bias);
            }
            if (out.shift != null) {
                out.shift.set(row + i, sums[i]);
            }
        }
        for (int i = from; i < to; i++) {
            double outer = in.scale == null ? 1 : in.scale.get(row + i);
            double weight = in.weight == null ? 1 : in.weight.get(i);
            double slope = inverseDeviation * inverseDeviation * meanOfProduct;
            double perGradient = inverseDeviation * weight * outer;
            a[i] = (float) perGradient;
            b[i] = (float) -slope;
            c[i] = (float) (slope * center[i] - inverseDeviation * meanOfG);
            if (out.embedding != null) {
                double centered = (double) mean[i] - center[i];
                out.embedding.set(
                        row + i,
                        perGradient * sums[i] - size.positions() * (slope * centered + inverseDeviation * meanOfG));
            }
        }
    }
}
