package org.diffusion4j.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

class ImageGridTest {
    /** Each of one shade, by its number. */
    private static List<GeneratedImage> images(int type, Integer... labels) {
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            BufferedImage picture = new BufferedImage(6, 4, type);
            for (int y = 0; y < 4; y++) {
                for (int x = 0; x < 6; x++) {
                    int[] pixel = new int[picture.getRaster().getNumBands()];
                    java.util.Arrays.fill(pixel, value(i, x, y));
                    picture.getRaster().setPixel(x, y, pixel);
                }
            }
            images.add(new GeneratedImage(Nd4j.zeros(1, 4, 6), picture, labels[i], 5 + i, Map.of("steps", "2")));
        }
        return images;
    }

    private static int value(int image, int x, int y) {
        return 40 * image + 6 * y + x;
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_RGB})
    void eachPixelBecomesASquareOfItsValue(int type) {
        ImageGrid grid = ImageGrid.builder(images(type, 0, 0, 1)).scale(3).build();
        assertEquals(2 * 6 * 3, grid.picture().getWidth());
        assertEquals(2 * 4 * 3, grid.picture().getHeight());
        for (int y = 0; y < 4 * 3; y++) {
            for (int x = 0; x < 2 * 6 * 3; x++) {
                assertEquals(
                        value(x / 18, x % 18 / 3, y / 3),
                        grid.picture().getRaster().getSample(x, y, 0),
                        x + "," + y);
            }
        }
        assertEquals(value(2, 0, 0), grid.picture().getRaster().getSample(2, 14, 0));
        assertEquals(0, grid.picture().getRaster().getSample(20, 14, 0), "black where a row is shorter");
    }

    @Test
    void captionsStandLeftOfThePicturesAndLeaveThemAsTheyAre() {
        List<GeneratedImage> images = images(BufferedImage.TYPE_3BYTE_BGR, 0, 0, 1, 7);
        ImageGrid plain = ImageGrid.builder(images).scale(8).build();
        ImageGrid captioned = ImageGrid.builder(images)
                .scale(8)
                .captions(List.of("cat", "dog"))
                .build();
        int column = captioned.picture().getWidth() - plain.picture().getWidth();
        assertTrue(column > 20, "" + column);
        assertEquals(plain.picture().getHeight(), captioned.picture().getHeight());
        int[] dark = new int[3];
        for (int y = 0; y < plain.picture().getHeight(); y++) {
            for (int x = 0; x < plain.picture().getWidth(); x++) {
                assertEquals(plain.picture().getRGB(x, y), captioned.picture().getRGB(column + x, y));
            }
            for (int x = 0; x < column; x++) {
                dark[y / 32] += (captioned.picture().getRGB(x, y) & 0xff) < 100 ? 1 : 0;
            }
        }
        assertTrue(
                dark[0] > 10 && dark[1] > 10 && dark[2] > 5,
                "a word beside each row: " + List.of(dark[0], dark[1], dark[2]));
        assertEquals(plain.metadata(), captioned.metadata());
    }

    @Test
    void rowsAreAsHighAsTheirCaptions() {
        ImageGrid grid = ImageGrid.builder(images(BufferedImage.TYPE_BYTE_GRAY, null, null, null))
                .captions(List.of())
                .build();
        assertTrue(grid.picture().getHeight() >= 2 * 11, "" + grid.picture().getHeight());
    }

    @Test
    void aLongNameIsShortened() {
        ImageGrid grid = ImageGrid.builder(images(BufferedImage.TYPE_BYTE_GRAY, 0))
                .captions(List.of("x".repeat(100_000)))
                .build();
        assertTrue(grid.picture().getWidth() < 1000, "" + grid.picture().getWidth());
    }

    @Test
    void anImpossibleScaleIsRefusedBeforeAnythingIsAllocated() {
        ImageGrid.Builder builder = ImageGrid.builder(images(BufferedImage.TYPE_BYTE_GRAY, 0));
        for (int scale : new int[] {0, -1, Integer.MIN_VALUE, 3000, Integer.MAX_VALUE}) {
            String message = assertThrows(IllegalArgumentException.class, () -> builder.scale(scale))
                    .getMessage();
            assertTrue(message.startsWith("scale: expected "), message);
        }
    }
}
