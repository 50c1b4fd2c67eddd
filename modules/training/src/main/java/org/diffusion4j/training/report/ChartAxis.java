package org.diffusion4j.training.report;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.training.record.ReportNumber;

/**
 * The positions of values between the ends of an axis, and the ticks that are written next to it.
 *
 * @param least at the one end
 * @param most at the other, above it
 * @param logarithmic whether equal ratios are equally long; then {@code least} is above 0
 * @param ticks what is written beside it, in growing order
 */
public record ChartAxis(double least, double most, boolean logarithmic, List<Double> ticks) {
    /** From which ratio on a straight axis would hide what small values do. */
    private static final double LOGARITHMIC_FROM = 10;

    private static final int TICKS = 6;

    /**
     * An axis on which equal differences are equally long; its ends are round.
     *
     * @param least the least value to show
     * @param most the largest value to show
     * @return the axis
     */
    public static ChartAxis straight(double least, double most) {
        double reach = most - least;
        if (reach <= 0) {
            double around = least == 0 ? 1 : Math.abs(least) / 2;
            return straight(least - around, most + around);
        }
        double apart = round(reach / (TICKS - 1));
        double first = Math.floor(least / apart);
        double last = Math.max(first + 1, Math.ceil(most / apart));
        return new ChartAxis(first * apart, last * apart, false, multiples(apart, first, last));
    }

    /** From 0 to a run's last step, exactly; the ticks are whole. */
    static ChartAxis steps(long last) {
        double most = last == 1 ? 2 : last;
        double apart = Math.max(1, round(most / (TICKS - 1)));
        return new ChartAxis(0, most, false, multiples(apart, 0, Math.floor(most / apart)));
    }

    /**
     * The axis that shows most: by ratios where all values are above 0 and far from each other, else straight.
     *
     * @param least the least value to show
     * @param most the largest value to show
     * @return the axis
     */
    public static ChartAxis fitting(double least, double most) {
        if (least <= 0 || most / least < LOGARITHMIC_FROM) {
            return straight(least, most);
        }
        double room = Math.pow(most / least, 0.03);
        for (int[] digits : new int[][] {{1, 2, 5}, {1, 3}, {1}}) {
            List<Double> ticks = powers(least / room, most * room, digits, 1);
            if (ticks.size() <= TICKS) {
                return new ChartAxis(least / room, most * room, true, ticks);
            }
        }
        int decades = (int) Math.ceil(Math.log10(most / least) / (TICKS - 1));
        return new ChartAxis(
                least / room, most * room, true, powers(least / room, most * room, new int[] {1}, decades));
    }

    private static List<Double> powers(double least, double most, int[] digits, int decades) {
        List<Double> ticks = new ArrayList<>();
        int first = (int) Math.floor(Math.log10(least));
        for (int decade = Math.floorDiv(first, decades) * decades; Math.pow(10, decade) <= most; decade += decades) {
            for (int digit : digits) {
                double tick = digit * Math.pow(10, decade);
                if (tick >= least && tick <= most) {
                    ticks.add(tick);
                }
            }
        }
        return ticks;
    }

    private static List<Double> multiples(double apart, double first, double last) {
        List<Double> ticks = new ArrayList<>();
        for (double i = first; i <= last; i++) {
            ticks.add(i * apart);
        }
        return ticks;
    }

    /** The next 1, 2 or 5 times a power of ten. */
    private static double round(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        double factor = value / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }

    /**
     * Where a value is.
     *
     * @param value from the least to the most
     * @return 0 at the least, 1 at the most
     */
    public double position(double value) {
        return logarithmic ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
    }

    /**
     * A tick's text, short: 250k, 1.5M, 2×10⁻⁴; all of a straight axis are in one unit.
     *
     * @param tick one of the ticks
     * @return the text
     */
    public String label(double tick) {
        double unit = logarithmic ? tick : Math.max(Math.abs(least), Math.abs(most));
        if (unit >= 1e6 && unit < 1e9) {
            return zeroOr(tick, ReportNumber.decimal(tick / 1e6, 4) + "M");
        }
        if (unit >= 1e4 && unit < 1e6) {
            return zeroOr(tick, ReportNumber.decimal(tick / 1e3, 4) + "k");
        }
        return unit < 1e-3 ? ReportNumber.power(tick, 4) : ReportNumber.decimal(tick, 4);
    }

    private static String zeroOr(double tick, String label) {
        return tick == 0 ? "0" : label;
    }
}
