package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.training.evaluate.ModelComparison.Row;
import org.diffusion4j.training.report.ChartAxis;

/** The Fréchet distances of a comparison by the number of steps, one line for each model and sampler, as an SVG. */
public final class ComparisonPlot {
    private static final int LEFT = 70;
    private static final int TOP = 20;
    private static final int WIDTH = 480;
    private static final int HEIGHT = 300;
    private static final int BELOW = 50;
    private static final int LEGEND_LINE = 18;

    /** Colours that most people who see few of them tell apart: Okabe and Ito 2008. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

    private ComparisonPlot() {}

    /**
     * Draws a plot.
     *
     * @param rows the rows, of which at least one has steps; that of real pictures becomes a dashed line
     * @return an SVG that needs nothing else
     * @throws IllegalArgumentException if no row has steps
     */
    public static String svg(List<Row> rows) {
        Map<String, List<Row>> lines = rows.stream()
                .filter(row -> row.steps() != null)
                .collect(Collectors.groupingBy(
                        row -> row.model() + ", " + row.sampler(), LinkedHashMap::new, Collectors.toList()));
        require(!lines.isEmpty(), "rows", "one with steps", "none");
        List<Row> real = rows.stream().filter(row -> row.steps() == null).toList();
        ChartAxis x = ChartAxis.fitting(
                lines.values().stream()
                        .flatMap(List::stream)
                        .mapToInt(Row::steps)
                        .min()
                        .orElseThrow(),
                lines.values().stream()
                        .flatMap(List::stream)
                        .mapToInt(Row::steps)
                        .max()
                        .orElseThrow());
        ChartAxis y = ChartAxis.fitting(
                rows.stream().mapToDouble(Row::frechetDistance).min().orElseThrow(),
                rows.stream().mapToDouble(Row::frechetDistance).max().orElseThrow());
        int legend = lines.size() + (real.isEmpty() ? 0 : 1);
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<title>Fréchet distance by steps</title>%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                LEFT + WIDTH + 20,
                TOP + HEIGHT + BELOW + legend * LEGEND_LINE + 10));
        grid(svg, x, y);
        for (Row row : real) {
            double at = fromTop(y, row);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#666\" stroke-dasharray=\"4 4\"/>%n",
                    LEFT,
                    LEFT + WIDTH,
                    at,
                    at));
        }
        int number = 0;
        for (List<Row> line : lines.values()) {
            line(svg, line, COLOURS.get(number++ % COLOURS.size()), x, y);
        }
        legend(svg, new ArrayList<>(lines.keySet()), !real.isEmpty());
        return svg.append("</svg>\n").toString().replace("\r\n", "\n");
    }

    private static double fromLeft(ChartAxis x, double steps) {
        return LEFT + WIDTH * x.position(steps);
    }

    private static double fromTop(ChartAxis y, Row row) {
        return TOP + HEIGHT * (1 - y.position(row.frechetDistance()));
    }

    private static void grid(StringBuilder svg, ChartAxis x, ChartAxis y) {
        for (double tick : y.ticks()) {
            double at = TOP + HEIGHT * (1 - y.position(tick));
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    LEFT,
                    LEFT + WIDTH,
                    at,
                    at,
                    LEFT - 6,
                    at + 4,
                    y.label(tick)));
        }
        for (double tick : x.ticks()) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    fromLeft(x, tick),
                    TOP + HEIGHT + 18,
                    x.label(tick)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">steps</text>%n<text x=\"16\" y=\"%d\" text-anchor=\"middle\""
                        + " transform=\"rotate(-90 16 %d)\">Fréchet distance</text>%n",
                LEFT + WIDTH / 2,
                TOP + HEIGHT + 38,
                TOP + HEIGHT / 2,
                TOP + HEIGHT / 2));
    }

    private static void line(StringBuilder svg, List<Row> rows, String colour, ChartAxis x, ChartAxis y) {
        List<Row> inOrder =
                rows.stream().sorted(Comparator.comparingInt(Row::steps)).toList();
        String points = inOrder.stream()
                .map(row -> String.format(Locale.ROOT, "%.1f,%.1f", fromLeft(x, row.steps()), fromTop(y, row)))
                .collect(Collectors.joining(" "));
        svg.append(String.format(
                Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
                points,
                colour));
        for (Row row : inOrder) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"><title>%d steps: %.4g</title></circle>%n",
                    fromLeft(x, row.steps()),
                    fromTop(y, row),
                    colour,
                    row.steps(),
                    row.frechetDistance()));
        }
    }

    private static void legend(StringBuilder svg, List<String> names, boolean real) {
        int at = TOP + HEIGHT + BELOW + 10;
        for (int i = 0; i < names.size() + (real ? 1 : 0); i++) {
            boolean isReal = i == names.size();
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"%s/><text x=\"%d\""
                            + " y=\"%d\">%s</text>%n",
                    LEFT,
                    LEFT + 24,
                    at,
                    at,
                    isReal ? "#666" : COLOURS.get(i % COLOURS.size()),
                    isReal ? " stroke-dasharray=\"4 4\"" : "",
                    LEFT + 32,
                    at + 4,
                    isReal ? ModelComparison.REAL : escaped(names.get(i))));
            at += LEGEND_LINE;
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
