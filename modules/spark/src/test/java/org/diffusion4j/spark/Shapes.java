package org.diffusion4j.spark;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Pictures of 8x8 with a bright row, a bright column or a bright square on a darker ground, each class of another tint. */
public final class Shapes {
    public static final int SIZE = 8;
    public static final List<String> CLASSES = List.of("column", "row", "square");

    private Shapes() {}

    /** So many of each class as PNGs in folders of their own. */
    public static Path folder(Path folder, int each, long seed) throws IOException {
        Random random = new Random(seed);
        for (int label = 0; label < CLASSES.size(); label++) {
            Path of = Files.createDirectories(folder.resolve(CLASSES.get(label)));
            for (int i = 0; i < each; i++) {
                ImageIO.write(draw(label, random), "png", of.resolve(i + ".png").toFile());
            }
        }
        return folder;
    }

    private static BufferedImage draw(int label, Random random) {
        BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_3BYTE_BGR);
        int x = 1 + random.nextInt(SIZE - 3);
        int y = 1 + random.nextInt(SIZE - 3);
        for (int i = 0; i < SIZE * SIZE; i++) {
            boolean inColumn = i % SIZE == x;
            boolean inRow = i / SIZE == y;
            boolean inSquare = Math.abs(i % SIZE - x) <= 1 && Math.abs(i / SIZE - y) <= 1;
            int value = ((label == 0 ? inColumn : label == 1 ? inRow : inSquare) ? 200 : 20) + random.nextInt(50);
            picture.setRGB(i % SIZE, i / SIZE, (value << 16) | ((value / 2) << 8) | (label * 40 + 10));
        }
        return picture;
    }
}
