package org.diffusion4j.training.record;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A value over a run's steps, however many, in at most {@value #CAPACITY} points: each stands for as many steps as are
 * needed, a power of two.
 */
public final class ThinnedCurve {
    /** The largest number of points of a curve. */
    public static final int CAPACITY = 1600;

    /** How much of the curve, on either side, contributes to a smoothed point. */
    private static final double SMOOTHED_SHARE = 1 / 40.0;

    private long width = 1;
    private int used;
    private final long[] counts = new long[CAPACITY];
    private final double[] sums = new double[CAPACITY];
    private final double[] least = new double[CAPACITY];
    private final double[] most = new double[CAPACITY];

    /** A curve without points. */
    public ThinnedCurve() {
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        Arrays.fill(most, Double.NEGATIVE_INFINITY);
    }

    /**
     * What some steps came to.
     *
     * @param step in their middle
     * @param count of steps that have a value, at least 1
     * @param least of the values
     * @param mean of the values
     * @param most of the values
     */
    public record Point(double step, long count, double least, double mean, double most) {}

    /**
     * Adds a step's value.
     *
     * @param step from 1 on, in any order
     * @param value what it came to
     */
    public void add(long step, double value) {
        while ((step - 1) / width >= CAPACITY) {
            halve();
        }
        int place = (int) ((step - 1) / width);
        used = Math.max(used, place + 1);
        counts[place]++;
        sums[place] += value;
        least[place] = Math.min(least[place], value);
        most[place] = Math.max(most[place], value);
    }

    private void halve() {
        for (int i = 0; i < CAPACITY; i++) {
            boolean filled = i < CAPACITY / 2;
            counts[i] = filled ? counts[2 * i] + counts[2 * i + 1] : 0;
            sums[i] = filled ? sums[2 * i] + sums[2 * i + 1] : 0;
            least[i] = filled ? Math.min(least[2 * i], least[2 * i + 1]) : Double.POSITIVE_INFINITY;
            most[i] = filled ? Math.max(most[2 * i], most[2 * i + 1]) : Double.NEGATIVE_INFINITY;
        }
        used = (used + 1) / 2;
        width *= 2;
    }

    /**
     * The curve.
     *
     * @return in the order of the steps; none where no step has a value
     */
    public List<Point> points() {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < used; i++) {
            if (counts[i] > 0) {
                double step = 1 + i * (double) width + (width - 1) / 2.0;
                points.add(new Point(step, counts[i], least[i], sums[i] / counts[i], most[i]));
            }
        }
        return points;
    }

    /**
     * The mean of the values of the points whose middle lies between two steps.
     *
     * @param after it is after this one
     * @param until and not after this one
     * @return the mean; NaN if there is no such point
     */
    public double mean(long after, long until) {
        List<Point> within = points().stream()
                .filter(point -> point.step() > after && point.step() <= until)
                .toList();
        long count = within.stream().mapToLong(Point::count).sum();
        return within.stream()
                        .mapToDouble(point -> point.mean() * point.count())
                        .sum()
                / count;
    }

    /**
     * The means without their noise: each is weighted with those around it by a bell curve, which is narrower at the
     * beginning, where a loss falls steeply.
     *
     * @param points of a curve
     * @return one for each point
     */
    public static double[] smoothed(List<Point> points) {
        double[] smoothed = new double[points.size()];
        for (int i = 0; i < smoothed.length; i++) {
            double deviation = Math.min(points.size() * SMOOTHED_SHARE, 0.2 + i / 6.0);
            int reach = (int) (3 * deviation);
            double sum = 0;
            double weights = 0;
            for (int j = Math.max(0, i - reach); j <= Math.min(smoothed.length - 1, i + reach); j++) {
                double distance = (j - i) / deviation;
                double weight = points.get(j).count() * Math.exp(-distance * distance / 2);
                sum += weight * points.get(j).mean();
                weights += weight;
            }
            smoothed[i] = sum / weights;
        }
        return smoothed;
    }
}
