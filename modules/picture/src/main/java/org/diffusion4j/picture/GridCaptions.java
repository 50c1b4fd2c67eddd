package org.diffusion4j.picture;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.OneLine;

/**
 * A column of captions to the left of a grid, one per row: black on white, in a font that Java finds.
 *
 * @param texts one caption per row
 * @param font their font; null if there are no captions
 * @param width the width of the column, in pixels
 * @param lineHeight the height that a row needs, in pixels
 */
record GridCaptions(List<String> texts, Font font, int width, int lineHeight) {
    static final GridCaptions NONE = new GridCaptions(List.of(), null, 0, 0);

    private static final int PADDING = 6;
    private static final int LONGEST = 40;

    /** @param rowHeight the height of the pictures, to which the size of the letters is adapted */
    static GridCaptions of(List<String> texts, int rowHeight) {
        List<String> shown = texts.stream().map(GridCaptions::shown).toList();
        int size = Math.max(11, Math.min(20, rowHeight / 3));
        try {
            Font font = new Font(Font.SANS_SERIF, Font.PLAIN, size);
            Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
            FontMetrics metrics = graphics.getFontMetrics(font);
            int width = shown.stream().mapToInt(metrics::stringWidth).max().orElse(0) + 2 * PADDING;
            graphics.dispose();
            return new GridCaptions(shown, font, width, metrics.getHeight());
        } catch (Exception | LinkageError | InternalError e) { // the exception depends on what is missing
            throw new Diffusion4jException(
                    "captions: expected a font, found none that Java can use (a package such as fontconfig and one of fonts"
                            + " brings them): " + e,
                    e);
        }
    }

    private static String shown(String text) {
        String line = OneLine.escaped(text);
        return line.codePointCount(0, line.length()) <= LONGEST
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST - 1)) + "…";
    }

    void draw(BufferedImage grid, int rowHeight) {
        if (texts.isEmpty()) {
            return;
        }
        Graphics2D graphics = grid.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, grid.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.BLACK);
        graphics.setFont(font);
        FontMetrics metrics = graphics.getFontMetrics();
        for (int row = 0; row < texts.size(); row++) {
            int base = row * rowHeight + (rowHeight - metrics.getHeight()) / 2 + metrics.getAscent();
            graphics.drawString(texts.get(row), width - PADDING - metrics.stringWidth(texts.get(row)), base);
        }
        graphics.dispose();
    }
}
