package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import org.diffusion4j.kernels.Kernels.Gelu;

/** The forms of GELU and their gradients, number by number. */
final class PlainGelu {
    /** The factor of x in tanh's argument, twice: ½·(1 + tanh(u)) is sigmoid(2u). */
    static final double TANH_SLOPE = 2 * Math.sqrt(2 / Math.PI);

    static final double TANH_CUBIC = 0.044715;
    static final double QUICK_SLOPE = 1.702;
    /**
     * Abramowitz and Stegun, formula 7.1.26: erfc(z) = (A1·t + … + A5·t⁵)·e^(-z²) with t = 1 / (1 + P·z) for z ≥ 0, to
     * 1.5e-7.
     */
    static final double P = 0.3275911;

    static final double A1 = 0.254829592;
    static final double A2 = -0.284496736;
    static final double A3 = 1.421413741;
    static final double A4 = -1.453152027;
    static final double A5 = 1.061405429;

    private PlainGelu() {}

    static float gelu(Gelu form, float x) {
        return (float) (x * cdf(form, x));
    }

    static float slope(Gelu form, float x) {
        double cdf = cdf(form, x);
        double density =
                switch (form) {
                    case ERF -> Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
                    case TANH -> cdf * (1 - cdf) * TANH_SLOPE * (1 + 3 * TANH_CUBIC * x * x);
                    case QUICK -> cdf * (1 - cdf) * QUICK_SLOPE;
                };
        return (float) (cdf + x * density);
    }

    private static double cdf(Gelu form, double x) {
        return switch (form) {
            case ERF -> normal(x);
            case TANH -> sigmoid(TANH_SLOPE * (x + TANH_CUBIC * x * x * x));
            case QUICK -> sigmoid(QUICK_SLOPE * x);
        };
    }

    private static double normal(double x) {
        double t = 1 / (1 + P * Math.sqrt(0.5) * Math.abs(x));
        double tail = 0.5 * ((((A5 * t + A4) * t + A3) * t + A2) * t + A1) * t * Math.exp(-0.5 * x * x);
        return x < 0 ? tail : 1 - tail;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int first, int length) {
        for (int i = 4 * first; i < 4 * length; i += 4) {
            y.putFloat(i, gelu(form, x.getFloat(i)));
        }
    }

    static void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int first, int length) {
        for (int i = 4 * first; i < 4 * length; i += 4) {
            dx.putFloat(i, dy.getFloat(i) * slope(form, x.getFloat(i)));
        }
    }

    static void gated(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns, int first) {
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                int value = 4 * (2 * row * columns + column);
                float gate = x.getFloat(value + 4 * columns);
                y.putFloat(4 * (row * columns + column), x.getFloat(value) * gelu(form, gate));
            }
        }
    }

    static void gatedGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns, int first) {
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                int at = 4 * (2 * row * columns + column);
                float value = x.getFloat(at);
                float gate = x.getFloat(at + 4 * columns);
                float gradient = dy.getFloat(4 * (row * columns + column));
                dx.putFloat(at, gradient * gelu(form, gate));
                dx.putFloat(at + 4 * columns, gradient * value * slope(form, gate));
            }
        }
    }
}
