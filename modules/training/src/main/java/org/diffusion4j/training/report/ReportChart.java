package org.diffusion4j.training.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.diffusion4j.training.record.ReportNumber;
import org.diffusion4j.training.record.ThinnedCurve;
import org.diffusion4j.training.record.ThinnedCurve.Point;

/** A curve as the report's template draws it: paths in a square of {@value #SIDE}, ticks in percent, words. */
final class ReportChart {
    private static final int SIDE = 1000;

    private ReportChart() {}

    /** How a chart's values are read. */
    enum Kind {
        /** Noisy: drawn faintly, with a smoothed line; by ratios where they are far from each other. */
        NOISY,
        /** Steady: a line, from 0 on. */
        STEADY
    }

    /**
     * What stands above a chart.
     *
     * @param id of the chart in the page
     * @param title the quantity
     * @param note what the values are
     * @param kind how they are read
     */
    record Heading(String id, String title, String note, Kind kind) {}

    /**
     * What the template draws.
     *
     * @param curve with at least one point
     * @param steps the last one's number
     */
    static Map<String, Object> of(Heading heading, ThinnedCurve curve, long steps) {
        Kind kind = heading.kind();
        List<Point> points = curve.points();
        double[] line = kind == Kind.NOISY
                ? ThinnedCurve.smoothed(points)
                : points.stream().mapToDouble(Point::mean).toArray();
        double least = points.stream().mapToDouble(Point::least).min().orElseThrow();
        double most = points.stream().mapToDouble(Point::most).max().orElseThrow();
        ChartAxis x = ChartAxis.steps(steps);
        ChartAxis y = kind == Kind.NOISY
                ? ChartAxis.fitting(least, most)
                : ChartAxis.straight(Math.min(0, least), Math.max(0, most));

        Map<String, Object> chart = new LinkedHashMap<>();
        chart.put("id", heading.id());
        chart.put("title", heading.title());
        chart.put("note", heading.note());
        chart.put("smoothed", kind == Kind.NOISY && points.size() > 1);
        chart.put("logarithmic", y.logarithmic());
        chart.put("x", ticks(x));
        chart.put("y", ticks(y));
        chart.put("band", band(points, x, y));
        chart.put("line", line(points, line, x, y));
        chart.put("points", readOut(points, line, x, kind));
        chart.put(
                "description",
                String.format(
                        Locale.ROOT,
                        "%s over the steps 1 to %s: between %s and %s, %s at the end.",
                        heading.title(),
                        ReportNumber.whole(steps),
                        ReportNumber.decimal(least, 3),
                        ReportNumber.decimal(most, 3),
                        ReportNumber.decimal(line[line.length - 1], 3)));
        return chart;
    }

    private static List<Map<String, Object>> ticks(ChartAxis axis) {
        return axis.ticks().stream()
                .map(tick -> Map.<String, Object>of(
                        "label",
                        axis.label(tick),
                        "percent",
                        String.format(Locale.ROOT, "%.2f", 100 * axis.position(tick)),
                        "from_top",
                        tenths(SIDE * (1 - axis.position(tick)))))
                .toList();
    }

    /** The area between the least and the most of each point; where a point is a single step, a line. */
    private static String band(List<Point> points, ChartAxis x, ChartAxis y) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            append(path, x.position(point.step()), y.position(point.most()));
        }
        for (int i = points.size() - 1; i >= 0; i--) {
            append(
                    path,
                    x.position(points.get(i).step()),
                    y.position(points.get(i).least()));
        }
        return path.append('Z').toString();
    }

    /** A single point is a line of no length, whose round ends make it a dot. */
    private static String line(List<Point> points, double[] values, ChartAxis x, ChartAxis y) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            append(path, x.position(points.get(i).step()), y.position(values[i]));
        }
        return values.length == 1 ? path.append("h0").toString() : path.toString();
    }

    private static void append(StringBuilder path, double x, double y) {
        path.append(path.isEmpty() ? 'M' : 'L')
                .append(tenths(SIDE * x))
                .append(' ')
                .append(tenths(SIDE * (1 - y)));
    }

    private static String tenths(double value) {
        long tenths = Math.round(10 * value);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : Double.toString(tenths / 10.0);
    }

    /** What is shown under the pointer: the place in percent, the step, the value, and where it differs the line's. */
    private static String readOut(List<Point> points, double[] line, ChartAxis x, Kind kind) {
        StringJoiner text = new StringJoiner(";");
        for (int i = 0; i < line.length; i++) {
            Point point = points.get(i);
            String values = tenths(100 * x.position(point.step()))
                    + '|'
                    + Math.round(point.step())
                    + '|'
                    + ReportNumber.decimal(point.mean(), 3);
            text.add(kind == Kind.NOISY ? values + '|' + ReportNumber.decimal(line[i], 3) : values);
        }
        return text.toString();
    }
}
