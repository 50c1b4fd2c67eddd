package org.diffusion4j.zoo.drawing;

import java.util.Locale;

/** Writes SVG as text, element by element. It uses only whole numbers, so that the same drawing is the same text everywhere. */
final class SvgPage {
    private final StringBuilder body = new StringBuilder();

    /** The point of a text that is given. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /**
     * Adds a box with rounded corners.
     *
     * @param style a class of the style sheet
     */
    void box(String style, int x, int y, int width, int height, int radius) {
        body.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>%n",
                style,
                x,
                y,
                width,
                height,
                radius));
    }

    /** Adds a text with its base line at y. */
    void text(String style, Anchor anchor, int x, int y, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
                style,
                x,
                y,
                anchor.name().toLowerCase(Locale.ROOT),
                escape(text)));
    }

    /** Adds a line through points x, y, x, y, …; optionally with an arrow head at its end. */
    void line(String style, boolean arrow, int... points) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < points.length; i += 2) {
            path.append(i == 0 ? "M" : " L").append(points[i]).append(' ').append(points[i + 1]);
        }
        body.append(String.format(
                Locale.ROOT,
                "<path class=\"%s\" d=\"%s\"%s/>%n",
                style,
                path,
                arrow ? " marker-end=\"url(#arrow)\"" : ""));
    }

    /** The page as the text of a file. */
    String finish(int width, int height, String title, String style) {
        return String.format(
                        Locale.ROOT,
                        """
                <?xml version="1.0" encoding="UTF-8"?>
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif">
                <title>%s</title>
                <style>
                %s</style>
                <defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#555"/></marker></defs>
                <rect width="%d" height="%d" fill="#fff"/>
                %s</svg>
                """,
                        width,
                        height,
                        width,
                        height,
                        escape(title),
                        style,
                        width,
                        height,
                        body)
                .replace(System.lineSeparator(), "\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
