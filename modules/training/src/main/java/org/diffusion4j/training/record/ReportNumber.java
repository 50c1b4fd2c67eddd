package org.diffusion4j.training.record;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Formats numbers for readers. */
public final class ReportNumber {
    private ReportNumber() {}

    /**
     * Formats a whole number with commas between the thousands.
     *
     * @param value any
     * @return such as 1,234,567
     */
    public static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /**
     * Formats a number with a number of significant digits, and with a power of ten if it is far from 1.
     *
     * @param value any number; NaN and infinities are shown by their names
     * @param digits at least 1
     * @return such as 0.0123, 12,300 or 1.23×10⁻⁵
     */
    public static String decimal(double value, int digits) {
        if (isPlain(value)) {
            return value == 0 ? "0" : Double.toString(value);
        }
        BigDecimal rounded = rounded(value, digits);
        int exponent = exponent(rounded);
        if (exponent >= -4 && exponent < 4) {
            return rounded.toPlainString();
        }
        if (exponent >= 4 && exponent < 9) {
            return String.format(Locale.ROOT, "%,.0f", rounded);
        }
        return power(value, digits);
    }

    /**
     * Formats a number as a power of ten, with a factor if it isn't 1.
     *
     * @param value any number; NaN and infinities are shown by their names
     * @param digits the significant digits of the factor, at least 1
     * @return such as 10⁻⁴ or 2.5×10⁻⁴
     */
    public static String power(double value, int digits) {
        if (isPlain(value)) {
            return value == 0 ? "0" : Double.toString(value);
        }
        BigDecimal rounded = rounded(value, digits);
        int exponent = exponent(rounded);
        String factor = rounded.scaleByPowerOfTen(-exponent).toPlainString();
        return (factor.equals("1") ? "" : factor + "×") + "10" + superscript(exponent);
    }

    /** Zero, NaN and the infinities have no exponent. */
    private static boolean isPlain(double value) {
        return value == 0 || !Double.isFinite(value);
    }

    private static BigDecimal rounded(double value, int digits) {
        return new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
    }

    private static int exponent(BigDecimal value) {
        return value.precision() - value.scale() - 1;
    }

    private static String superscript(int exponent) {
        StringBuilder text = new StringBuilder();
        for (char digit : Integer.toString(exponent).toCharArray()) {
            text.append(digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(digit - '0'));
        }
        return text.toString();
    }

    /**
     * Formats a duration in suitable units.
     *
     * @param seconds at least 0
     * @return such as 12.3 ms, 5 min or 2 d 3 h
     */
    public static String duration(double seconds) {
        if (seconds < 1) {
            return decimal(seconds * 1000, 3) + " ms";
        }
        if (seconds < 60) {
            return decimal(seconds, 3) + " s";
        }
        long minutes = Math.round(seconds / 60);
        if (minutes < 60) {
            return minutes + " min";
        }
        return minutes < 24 * 60
                ? String.format(Locale.ROOT, "%d h %d min", minutes / 60, minutes % 60)
                : String.format(Locale.ROOT, "%d d %d h", minutes / (24 * 60), minutes / 60 % 24);
    }
}
