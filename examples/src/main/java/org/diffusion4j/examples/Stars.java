package org.diffusion4j.examples;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Eight pictures of one thing, for {@link FineTuneLora}. */
final class Stars {
    private static final int SIDE = 16;
    private static final int COUNT = 8;
    private static final int POINTS = 5;

    private Stars() {}

    static Path draw(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (int i = 0; i < COUNT; i++) {
            BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, SIDE, SIDE);
            graphics.setColor(new Color(0x8020A0));
            int column = i % 3;
            int row = i / 3;
            graphics.fill(star(SIDE / 2.0 + column - 1, SIDE / 2.0 + row - 1, 6 + i % 2));
            graphics.dispose();
            ImageIO.write(image, "png", folder.resolve("star-" + i + ".png").toFile());
        }
        return folder;
    }

    private static Path2D star(double x, double y, double radius) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < 2 * POINTS; i++) {
            double length = i % 2 == 0 ? radius : radius * 0.45;
            double angle = Math.PI * i / POINTS - Math.PI / 2;
            double px = x + length * Math.cos(angle);
            double py = y + length * Math.sin(angle);
            if (i == 0) {
                path.moveTo(px, py);
            } else {
                path.lineTo(px, py);
            }
        }
        path.closePath();
        return path;
    }
}
