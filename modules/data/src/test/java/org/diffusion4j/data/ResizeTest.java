package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    private static Picture noise(int width, int height, int channels) {
        byte[] data = new byte[width * height * channels];
        new Random(3).nextBytes(data);
        return new Picture(width, height, channels, data);
    }

    /** The definition, in double: a triangle as wide as the wider of old and new pixel. */
    private static double triangle(Picture picture, int width, int height, int x, int y, int channel) {
        double sum = 0;
        double weight = 0;
        for (int v = 0; v < picture.height(); v++) {
            for (int u = 0; u < picture.width(); u++) {
                double w = tap(u, x, (double) picture.width() / width) * tap(v, y, (double) picture.height() / height);
                weight += w;
                sum += w * (picture.data()[(v * picture.width() + u) * picture.channels() + channel] & 255);
            }
        }
        return sum / weight;
    }

    private static double tap(int old, int now, double scale) {
        return Math.max(0, 1 - Math.abs(old + 0.5 - (now + 0.5) * scale) / Math.max(1, scale));
    }

    private static Picture resized(Picture picture, int width, int height) {
        return window(picture, new Fit.Window(width, height, 0, 0, width, height));
    }

    private static Picture window(Picture picture, Fit.Window wanted) {
        return Resize.resized(picture, wanted.columns(picture.width()), wanted.rows(picture.height()));
    }

    @ParameterizedTest
    @CsvSource({"64,48,32,24", "47,33,16,11", "10,7,23,19", "9,30,18,10", "300,1,20,5", "1,1,4,3", "5,5,5,9"})
    void weighsWhatAPixelCoversByATriangle(int fromWidth, int fromHeight, int width, int height) {
        Picture picture = noise(fromWidth, fromHeight, 3);
        Picture resized = resized(picture, width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    // Rounded after each of the two passes.
                    assertEquals(
                            triangle(picture, width, height, x, y, c),
                            resized.data()[(y * width + x) * 3 + c] & 255,
                            1.01,
                            x + "," + y + "," + c);
                }
            }
        }
    }

    @Test
    void halvingGivesThePaperAndPencilResult() {
        Picture row = new Picture(4, 1, 1, new byte[] {0, 80, (byte) 160, (byte) 240});
        // Taps 3/8 3/8 1/8 over the first three (sum 7/8), and the mirror image: 50/0.875 and (10+60+90)/0.875.
        assertArrayEquals(new byte[] {57, (byte) 183}, resized(row, 2, 1).data());
    }

    @Test
    void aWindowIsAPartOfTheWhole() {
        Picture picture = noise(50, 40, 3);
        Picture whole = resized(picture, 30, 24);
        assertArrayEquals(
                whole.window(5, 7, 11, 9).data(),
                window(picture, new Fit.Window(30, 24, 5, 7, 11, 9)).data());
    }

    @Test
    void theShortSideMeetsTheSizeAndTheLongSideIsRoundedDown() {
        assertArrayEquals(new int[] {42, 32}, Resize.cover(64, 48, 32, 32));
        assertArrayEquals(new int[] {32, 45}, Resize.cover(47, 67, 32, 32));
        assertArrayEquals(new int[] {32, 4800}, Resize.cover(2, 300, 32, 32));
        assertArrayEquals(new int[] {20, 15}, Resize.cover(64, 48, 20, 10));
        assertArrayEquals(new int[] {16, 16}, Resize.cover(1, 1, 16, 16));
    }

    @Test
    void aPictureOfTheWantedSizeIsItself() {
        Picture picture = noise(32, 32, 3);
        assertSame(picture, Fit.kept(picture, PictureOptions.builder(32, 32).build()));
        Picture longer = noise(40, 32, 3);
        assertArrayEquals(
                longer.window(4, 0, 32, 32).data(),
                Fit.kept(longer, PictureOptions.builder(32, 32).build()).data());
    }

    @Test
    void aLineIsKeptInAFewLengths() {
        PictureOptions options =
                PictureOptions.builder(32, 32).crop(PictureOptions.Crop.RANDOM).build();
        Picture kept = Fit.kept(noise(60_000, 1, 1), options);
        assertEquals(128, kept.width());
        assertEquals(32, kept.height());
    }
}
