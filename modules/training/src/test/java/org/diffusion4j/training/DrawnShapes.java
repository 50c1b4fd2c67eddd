package org.diffusion4j.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Grey pictures of 8x8: a bright row, a bright column, or a bright square, on a darker ground with some noise. */
public final class DrawnShapes {
    public static final int SIZE = 8;
    public static final List<String> CLASSES = List.of("column", "row", "square");

    private DrawnShapes() {}

    /** So many of each class, in class folders. */
    public static PictureFolder folder(Path folder, int each, long seed) throws IOException {
        Random random = new Random(seed);
        for (int label = 0; label < CLASSES.size(); label++) {
            Path of = Files.createDirectories(folder.resolve(CLASSES.get(label)));
            for (int i = 0; i < each; i++) {
                int[] values = draw(label, random);
                BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
                image.getRaster().setPixels(0, 0, SIZE, SIZE, values);
                ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
            }
        }
        return PictureFolder.open(
                folder, PictureOptions.builder(SIZE, SIZE).grey(true).threads(1).build());
    }

    /** A picture of each label, [N, 1, 8, 8] in [-1, 1]. */
    public static INDArray pictures(List<Integer> labels, long seed) {
        Random random = new Random(seed);
        float[] values = new float[labels.size() * SIZE * SIZE];
        int next = 0;
        for (int label : labels) {
            for (int value : draw(label, random)) {
                values[next++] = value / 127.5f - 1;
            }
        }
        return Nd4j.create(values, new long[] {labels.size(), 1, SIZE, SIZE}, 'c');
    }

    private static int[] draw(int label, Random random) {
        int x = 1 + random.nextInt(SIZE - 3);
        int y = 1 + random.nextInt(SIZE - 3);
        int[] values = new int[SIZE * SIZE];
        for (int i = 0; i < values.length; i++) {
            boolean inColumn = i % SIZE == x;
            boolean inRow = i / SIZE == y;
            boolean inSquare = Math.abs(i % SIZE - x) <= 1 && Math.abs(i / SIZE - y) <= 1;
            boolean bright = label == 0 ? inColumn : label == 1 ? inRow : inSquare;
            values[i] = (bright ? 200 : 20) + random.nextInt(50);
        }
        return values;
    }
}
