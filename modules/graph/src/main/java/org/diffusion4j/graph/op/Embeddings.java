package org.diffusion4j.graph.op;

import java.util.Arrays;
import java.util.Locale;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Turns numbers into vectors: timesteps and indices.
 */
public final class Embeddings {
    private Embeddings() {}

    /**
     * Sines, then cosines, as diffusers' {@code get_timestep_embedding} has them, in float32 for every type of network.
     *
     * @param timestep [N], float
     * @param dim the width; an odd one gets a zero at the end
     * @param flipSinToCos whether the cosines come first
     * @param downscaleFreqShift 0: the last frequency is near 1/maxPeriod; 1: it is 1/maxPeriod
     * @param scale what the angles are multiplied by
     * @param maxPeriod the longest period, divided by 2π
     * @return [N, dim], float32
     */
    public static ShapedVariable timestepEmbedding(
            SDVariable timestep,
            int dim,
            boolean flipSinToCos,
            double downscaleFreqShift,
            double scale,
            double maxPeriod) {
        SameDiff sd = timestep.getSameDiff();
        int half = dim / 2;
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            // Each step is in float32 and rounds as PyTorch does: at t = 999 the last bit of a frequency is visible in
            // the result.
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
        return new ShapedVariable(padded(embedding, dim), -1, dim);
    }

    /**
     * Cosines, then sines, of the frequencies of {@link #timestepEmbedding} without a shift, whose angles are computed in double. At
     * t = 999 float angles are off by 3e-5, and a sample of which a thousandth is left makes a hundred times as much of that.
     *
     * @param timestep [N], float
     * @param dim the width; an odd one gets a zero at the end
     * @param maxPeriod the longest period, divided by 2π
     * @return [N, dim], float32
     */
    public static ShapedVariable exactTimestepEmbedding(SDVariable timestep, int dim, double maxPeriod) {
        SameDiff sd = timestep.getSameDiff();
        int half = dim / 2;
        double[] frequencies = new double[half];
        Arrays.setAll(frequencies, i -> Math.exp(-Math.log(maxPeriod) * i / half));
        SDVariable angles = sd.castTo(timestep, DataType.DOUBLE)
                .reshape(-1, 1)
                .mul(sd.constant(Nd4j.createFromArray(frequencies).reshape(1, half)));
        SDVariable waves = sd.concat(1, sd.math().cos(angles), sd.math().sin(angles));
        return new ShapedVariable(padded(sd.castTo(waves, DataType.FLOAT), dim), -1, dim);
    }

    /** With a zero at the end if the width is odd. */
    private static SDVariable padded(SDVariable waves, int dim) {
        if (dim % 2 == 0) {
            return waves;
        }
        SameDiff sd = waves.getSameDiff();
        SDVariable amounts = sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 1}}));
        return sd.nn().pad(waves, amounts, PadMode.CONSTANT, 0);
    }

    /**
     * Sine and cosine in turn: PE(t, 2i) = sin(t / 10000^(2i/dim)), PE(t, 2i+1) = cos(t / 10000^(2i/dim)), Vaswani et al.
     * 2017 (arXiv:1706.03762), section 3.5. The angles are computed in double, since at t = 999 float angles are off by 3e-5.
     *
     * @param timestep [N], float
     * @param dim the width, an even number
     * @return [N, dim], float32
     */
    public static ShapedVariable interleavedTimestepEmbedding(SDVariable timestep, int dim) {
        SameDiff sd = timestep.getSameDiff();
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
     * Gaussian Fourier features (Tancik et al. 2020, arXiv:2006.10739), as in diffusers.
     *
     * @param timestep [N]
     * @param weight [D], not trained
     * @param log whether the timestep's logarithm is taken first
     * @param flipSinToCos whether the cosines come first
     * @return [N, 2D], in the weight's type
     */
    public static ShapedVariable fourierEmbedding(
            SDVariable timestep, SDVariable weight, boolean log, boolean flipSinToCos) {
        SameDiff sd = timestep.getSameDiff();
        SDVariable t = sd.castTo(timestep, weight.dataType());
        long width = SharedArrays.shapeOf(weight)[0];
        SDVariable angles = (log ? sd.math().log(t) : t)
                .reshape(-1, 1)
                .mul(sd.reshape(weight, 1, width))
                .mul(2 * Math.PI);
        SDVariable sin = sd.math().sin(angles);
        SDVariable cos = sd.math().cos(angles);
        return new ShapedVariable(flipSinToCos ? sd.concat(1, cos, sin) : sd.concat(1, sin, cos), -1, 2 * width);
    }

    /**
     * Looks up a row of a table for each index.
     *
     * @param index [N], integers in [0, rows)
     * @param table [rows, D]
     * @return [N, D]
     */
    public static ShapedVariable embedding(SDVariable index, SDVariable table) {
        return embedding(new ShapedVariable(index, -1), table);
    }

    /**
     * Looks up a row of a table for each index. A constant table is gathered from. A table that is trained is multiplied by
     * one-hot rows, since the gradient of ND4J's gather adds rows up in wrong places; the engine looks them up as well.
     *
     * @param index any shape, whole numbers in [0, rows) of any type; float32 has all up to 2²⁴
     * @param table [rows, D]
     * @return the index's shape and D
     */
    public static ShapedVariable embedding(ShapedVariable index, SDVariable table) {
        SameDiff sd = index.sameDiff();
        long[] rows = SharedArrays.shapeOf(table);
        SDVariable whole =
                index.dataType().isIntType() ? index.variable() : sd.castTo(index.variable(), DataType.INT32);
        long[] shape = Arrays.copyOf(index.shape(), index.rank() + 1);
        shape[index.rank()] = rows[1];
        if (table.getVariableType() == VariableType.CONSTANT) {
            return new ShapedVariable(sd.gather(table, whole, 0), shape);
        }
        SDVariable flat = index.rank() == 1 ? whole : sd.reshape(whole, -1);
        SDVariable chosen = sd.mmul(sd.oneHot(flat, (int) rows[0], -1, 1.0, 0.0, table.dataType()), table);
        return new ShapedVariable(index.rank() == 1 ? chosen : sd.reshape(chosen, shape), shape);
    }

    /**
     * An embedding that makes its own table.
     *
     * @param scope the table's name and parameters
     * @param index [N], integers in [0, rows)
     * @param rows the number of rows of the table
     * @param width the width of a row
     * @return [N, width]
     */
    public static ShapedVariable embedding(ParameterScope scope, SDVariable index, long rows, long width) {
        return embedding(index, scope.parameter("weight", new Initial.Normal(1), true, rows, width));
    }
}
