package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;

/** Ordinary large pictures, however few bytes they have. */
class LargePicturesTest {
    private static final Path RESOURCES = Path.of("src", "test", "resources");
    private static final PictureOptions SMALL = PictureOptions.builder(32, 32).build();

    private static PictureDecoder decoder() {
        return new PictureDecoder(SMALL.channels(), SMALL.background(), SMALL.mostPixels());
    }

    private static byte[] kept(byte[] file) throws Exception {
        return decoder().kept(file, SMALL).picture().data();
    }

    private static void assertOneColour(int rgb, byte[] data, int tolerance) {
        assertEquals(3 * 32 * 32, data.length);
        for (int i = 0; i < data.length; i++) {
            assertEquals(rgb >> (16 - 8 * (i % 3)) & 255, data[i] & 255, tolerance);
        }
    }

    @Test
    void whatIsNarrowedRowByRowIsAsTheWholePictureResized() throws Exception {
        PictureOptions tiny = PictureOptions.builder(5, 7).build();
        PictureOptions atRandom =
                PictureOptions.builder(3, 3).crop(PictureOptions.Crop.RANDOM).build();
        int narrowed = 0;
        for (String folder : List.of("pillow", "webp", "broken/gif", "broken/alpha", "broken/depth", "broken/size")) {
            try (Stream<Path> files = Files.list(RESOURCES.resolve(folder))) {
                for (Path path : files.filter(Files::isRegularFile).toList()) {
                    byte[] file = Files.readAllBytes(path);
                    for (PictureOptions options : List.of(SMALL, tiny, atRandom)) {
                        Picture whole;
                        try {
                            whole = decoder().decode(file);
                        } catch (BrokenPictureException e) {
                            continue;
                        }
                        PictureDecoder.Kept kept = decoder().kept(file, options);
                        Picture expected = Fit.kept(whole, options);
                        assertEquals(expected.width(), kept.picture().width(), path.toString());
                        assertEquals(expected.height(), kept.picture().height(), path.toString());
                        assertArrayEquals(
                                expected.data(), kept.picture().data(), () -> path + " at " + options.width());
                        assertEquals(whole.width(), kept.width());
                        narrowed += expected.width() < whole.width() ? 1 : 0;
                    }
                }
            }
        }
        assertTrue(narrowed > 100, "narrowed: " + narrowed);
    }

    @Test
    void aPngOfFiftyMegapixelsOfOneColourIsReadInTheMemoryOfItsRows() throws Exception {
        byte[] file = PngFile.of(8192, 6144, 2, rows(8192, 6144));
        assertTrue(file.length < 200_000, "bytes: " + file.length);
        kept(PngFile.of(64, 64, 2, rows(64, 64))); // so that what is made once counts for none
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        byte[] data = kept(file);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertOneColour(0xC8783C, data, 0);
        assertTrue(bytes < 8 << 20, "bytes: " + bytes);
    }

    /** Without filters. */
    private static byte[] rows(int width, int height) {
        byte[] rows = new byte[(1 + 3 * width) * height];
        byte[] colour = {(byte) 200, 120, 60};
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < 3 * width; i++) {
                rows[(1 + 3 * width) * y + 1 + i] = colour[i % 3];
            }
        }
        return rows;
    }

    @Test
    void aLosslessWebpOfTwelveMegapixelsOfOneColourIsRead() throws Exception {
        assertOneColour(0xC8783C, kept(Files.readAllBytes(RESOURCES.resolve("large/flat-4000x3000.webp"))), 0);
    }

    @Test
    void aProgressiveJpegOfTwelveMegapixelsIsReadHoweverSmooth() throws Exception {
        BufferedImage image = new BufferedImage(4000, 3000, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(0xC8783C));
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.dispose();
        assertOneColour(0xC8783C, kept(progressive(image)), 2);
    }

    private static byte[] progressive(BufferedImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
