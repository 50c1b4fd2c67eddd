package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureDecoderTest {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 48;

    private static Picture decode(byte[] file, int channels, int background) throws Exception {
        return new PictureDecoder(channels, background, 1 << 20).decode(file);
    }

    private static Picture rgb(String name) throws Exception {
        return decode(Broken.file(name), 3, 0xFFFFFF);
    }

    /** Red to the right, green downwards, blue 96, and a red rectangle of 16x12 in the top left corner. */
    private static int[] expected(int x, int y) {
        return x < 16 && y < 12 ? new int[] {255, 0, 0} : new int[] {x * 255 / (WIDTH - 1), y * 255 / (HEIGHT - 1), 96};
    }

    private static int value(Picture picture, int x, int y, int channel) {
        return picture.data()[(y * picture.width() + x) * picture.channels() + channel] & 255;
    }

    private static void assertGradient(Picture picture, int tolerance, boolean edges) {
        assertEquals(WIDTH, picture.width());
        assertEquals(HEIGHT, picture.height());
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                // Coding blocks smear the rectangle's edge.
                if (!edges && x < 33 && y < 17 && (x > 14 || y > 10)) {
                    continue;
                }
                for (int c = 0; c < 3; c++) {
                    assertEquals(expected(x, y)[c], value(picture, x, y, c), tolerance, x + "," + y + "," + c);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "good/plain.png, 0, true",
        "good/wrong_suffix_is_png.jpg, 0, true",
        "good/bitmap.bmp, 0, true",
        "depth/rgb16.png, 0, true",
        "names/with space.and.dots.png, 0, true",
        "webp/lossless.webp, 0, true",
        "good/plain.jpg, 8, false",
        "good/progressive.jpg, 8, false",
        "good/UPPER.JPG, 8, false",
        "exif/orientation_3.jpg, 8, false",
        "exif/orientation_6.jpg, 10, false",
        "exif/orientation_8.jpg, 10, false",
        "cmyk/cmyk.jpg, 3, false",
        "webp/lossy.webp, 20, false",
        "gif/still.gif, 40, true",
        "gif/animated.gif, 40, true",
        "alpha/palette.png, 60, true"
    })
    void decodesTheGradient(String name, int tolerance, boolean edges) throws Exception {
        assertGradient(rgb(name), tolerance, edges);
    }

    @Test
    void greyIsRepeatedInColourAndColourIsWeighedInGrey() throws Exception {
        Picture grey = decode(Broken.file("good/grey.jpg"), 1, 0);
        assertEquals(1, grey.channels());
        Picture colour = rgb("good/grey.jpg");
        Picture weighed = decode(Broken.file("good/plain.png"), 1, 0);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                assertEquals(value(grey, x, y, 0), value(colour, x, y, 0));
                assertEquals(value(grey, x, y, 0), value(colour, x, y, 2));
                int[] rgb = expected(x, y);
                assertEquals(
                        0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2], value(weighed, x, y, 0), 0.51, x + "," + y);
            }
        }
    }

    @Test
    void sixteenBitsAreScaled() throws Exception {
        Picture picture = decode(Broken.file("depth/grey16.png"), 1, 0);
        for (int x = 0; x < WIDTH; x++) {
            assertEquals(x * 255.0 / (WIDTH - 1), value(picture, x, 20, 0), 1.1);
        }
    }

    @Test
    void oneBitIsBlackAndWhite() throws Exception {
        Picture picture = decode(Broken.file("depth/one_bit.png"), 1, 0);
        int white = 0;
        for (byte value : picture.data()) {
            assertTrue(value == 0 || value == -1);
            white += value & 1;
        }
        assertEquals(0.5, white / (double) (WIDTH * HEIGHT), 0.15);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x000000, 0xFFFFFF, 0x2040F0})
    void alphaIsLaidOnTheBackground(int background) throws Exception {
        Picture picture = decode(Broken.file("alpha/rgba.png"), 3, background);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                double opacity = x / (WIDTH - 1.0);
                for (int c = 0; c < 3; c++) {
                    int behind = background >> (16 - 8 * c) & 255;
                    double mixed = opacity * expected(x, y)[c] + (1 - opacity) * behind;
                    assertEquals(mixed, value(picture, x, y, c), 2, x + "," + y + "," + c);
                }
            }
        }
        Picture grey = decode(Broken.file("alpha/grey_alpha.png"), 3, background);
        assertEquals(background >> 16, value(grey, 0, 20, 0));
        assertEquals(background & 255, value(grey, 0, 20, 2));
        Picture palette = decode(Broken.file("alpha/palette_transparent.png"), 3, background);
        assertEquals(background >> 8 & 255, value(palette, WIDTH - 1, HEIGHT - 1, 1));
    }

    @Test
    void aTransparentColourIsLaidOnTheBackground() throws Exception {
        byte[] rows = {0, 10, 20, 30, 40, 50, 60};
        byte[] colour = PngFile.of(2, 1, 8, 2, new byte[] {0, 10, 0, 20, 0, 30}, rows);
        assertArrayEquals(
                new byte[] {1, 2, 3, 40, 50, 60}, decode(colour, 3, 0x010203).data());
        byte[] grey = PngFile.of(2, 1, 8, 0, new byte[] {0, 7}, new byte[] {0, 7, 9});
        assertArrayEquals(new byte[] {100, 9}, decode(grey, 1, 0x646464).data());
    }

    @Test
    void oddSizesAreRead() throws Exception {
        assertEquals(List.of(1, 1), size("size/one_pixel.png"));
        assertEquals(List.of(300, 1), size("size/one_row_300x1.png"));
        assertEquals(List.of(2, 300), size("size/tall_2x300.png"));
        assertEquals(List.of(47, 33), size("size/odd_47x33.png"));
    }

    private static List<Integer> size(String name) throws Exception {
        Picture picture = rgb(name);
        assertEquals(picture.width() * picture.height() * 3, picture.data().length);
        return List.of(picture.width(), picture.height());
    }

    @ParameterizedTest
    @CsvSource({
        "bad/truncated.jpg, premature end",
        "bad/header_only.jpg, cut off",
        "bad/truncated.png, cut off",
        "bad/crc_error.png, checksum of chunk IDAT",
        "bad/empty.png, empty",
        "bad/text.png, found none of these",
        "bad/huge_claim.png, cut off"
    })
    void refusesWhatIsBroken(String name, String reason) {
        BrokenPictureException told = assertThrows(BrokenPictureException.class, () -> rgb(name));
        assertTrue(told.getMessage().contains(reason), told.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "'<!DOCTYPE html><html><title>404</title>', a web page (HTML)",
        "'version https://git-lfs.github.com/spec/v1', a Git LFS pointer",
        "'II*\0', a TIFF picture",
        "'\0\0\0\u0018ftypheic', a HEIC picture",
        "'\0\0\0\u001Cftypavif', an AVIF picture",
        "'<svg xmlns=\"http://www.w3.org/2000/svg\"/>', an SVG drawing"
    })
    void aFileThatIsNoneOfTheFormatsIsNamed(String content, String kind) {
        byte[] file = content.getBytes(StandardCharsets.ISO_8859_1);
        String told = assertThrows(BrokenPictureException.class, () -> decode(file, 3, 0))
                .getMessage();
        assertTrue(told.startsWith("expected JPEG, PNG, GIF, BMP or WebP by its first bytes, found " + kind), told);
    }

    @Test
    void aGifThatIsCutIsCalledSo() {
        byte[] whole = Broken.file("gif/still.gif");
        byte[] half = Arrays.copyOf(whole, whole.length * 3 / 4);
        assertEquals(
                "GIF: the file is cut off",
                assertThrows(BrokenPictureException.class, () -> decode(half, 3, 0))
                        .getMessage());
    }

    /** A file that was cut and closed again by an end marker is only known by what the decoder warns of. */
    @ParameterizedTest
    @ValueSource(strings = {"good/plain.jpg", "good/grey.jpg", "exif/orientation_6.jpg", "cmyk/cmyk.jpg"})
    void refusesHalfAJpegThatEndsAsOneShould(String name) {
        byte[] whole = Broken.file(name);
        byte[] half = Arrays.copyOf(whole, whole.length * 3 / 4);
        half[half.length - 2] = (byte) 0xFF;
        half[half.length - 1] = (byte) 0xD9;
        assertThrows(BrokenPictureException.class, () -> decode(half, 3, 0));
    }

    @Test
    void refusesTooFewPixelsInAPng() throws Exception {
        byte[] short1 = PngFile.of(4, 4, 8, 0, null, new byte[] {0, 1, 2, 3, 4, 0, 1, 2, 3});
        assertThrows(BrokenPictureException.class, () -> decode(short1, 1, 0));
    }

    @Test
    void refusesEveryTruncation() throws Exception {
        for (String name : List.of(
                "good/plain.png",
                "good/plain.jpg",
                "good/progressive.jpg",
                "good/bitmap.bmp",
                "webp/lossy.webp",
                "webp/lossless.webp")) {
            byte[] whole = Broken.file(name);
            // A PNG's or JPEG's end is a mark that may be missing; a WebP may end in a byte of padding.
            int end = whole.length - (name.endsWith("png") ? 12 : 2);
            for (int length = 0; length < end; length += 1 + whole.length / 200) {
                byte[] cut = Arrays.copyOf(whole, length);
                assertThrows(BrokenPictureException.class, () -> decode(cut, 3, 0), name + " cut to " + length);
            }
        }
        byte[] gif = Broken.file("gif/still.gif");
        for (int length = 0; length < gif.length - 2; length += 7) {
            byte[] cut = Arrays.copyOf(gif, length);
            assertThrows(BrokenPictureException.class, () -> decode(cut, 3, 0), "cut to " + length);
        }
    }

    @Test
    void damageIsNeverMoreThanABrokenPicture() throws Exception {
        Random random = new Random(20);
        int read = 0;
        for (Map.Entry<String, byte[]> file : Broken.files(Broken.folder()).entrySet()) {
            for (int i = 0; i < 120 && file.getValue().length > 0; i++) {
                byte[] damaged = Damage.of(file.getValue(), random);
                try {
                    Picture picture = decode(damaged, 3, 0);
                    assertTrue(picture.data().length >= 3 * picture.width() * picture.height());
                    read++;
                } catch (BrokenPictureException e) {
                    assertEquals(1, e.getMessage().lines().count());
                }
            }
        }
        assertTrue(read > 100, "most were refused at once, so that nothing was tried: " + read);
    }
}
