package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files that claim what they don't hold, or hold much in little: a line, soon, with little memory. */
class HostilePicturesTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long NANOS = 2_000_000_000L;
    private static final long BYTES = 64L << 20;

    private static PictureDecoder decoder() {
        return new PictureDecoder(3, 0xFFFFFF, 1L << 27);
    }

    private static Picture decode(byte[] file) throws Exception {
        return decoder().decode(file);
    }

    /** As a whole; and as a data set reads it, which may take large ones. */
    private static void refused(byte[] file, String reason) {
        BrokenPictureException told =
                cheaply(file, () -> assertThrows(BrokenPictureException.class, () -> decode(file)));
        assertTrue(told.getMessage().contains(reason), told.getMessage());
        assertTrue(told.getMessage().length() < 300 && told.getMessage().lines().count() == 1, told.getMessage());
        cheaply(file, () -> {
            try {
                return decoder().kept(file, PictureOptions.builder(8, 8).build());
            } catch (BrokenPictureException e) {
                return e;
            }
        });
    }

    private static <T> T cheaply(byte[] file, Callable<T> reading) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = THREADS.getCurrentThreadCpuTime();
        T read = assertDoesNotThrow(reading::call);
        assertTrue(THREADS.getCurrentThreadCpuTime() - nanos < NANOS, "took too long");
        assertTrue(THREADS.getCurrentThreadAllocatedBytes() - bytes < BYTES + 200L * file.length, "took too much");
        return read;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] gif(int canvasWidth, int canvasHeight, int frameWidth, int frameHeight) {
        return little(35)
                .put("GIF89a".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) canvasWidth)
                .putShort((short) canvasHeight)
                .put(new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, -1, -1, -1, 0x2C, 0, 0, 0, 0})
                .putShort((short) frameWidth)
                .putShort((short) frameHeight)
                .put(new byte[] {0, 2, 2, 0x44, 1, 0, 0x3B})
                .array();
    }

    @Test
    void aGifOfAHugeCanvasOrFrameIsRefused() throws Exception {
        refused(gif(65535, 65535, 1, 1), "65535x65535");
        refused(gif(11000, 11000, 1, 1), "11000x11000");
        refused(gif(11000, 11000, 11000, 11000), "cut off");
        refused(gif(1, 1, 65535, 65535), "cut off");
        Picture small = decode(gif(0, 0, 1, 1));
        assertEquals(1, small.width());
    }

    private static byte[] bmp(int width, int height, int bits, int compression, byte[] body) {
        return little(54 + body.length)
                .put(new byte[] {'B', 'M'})
                .putInt(7)
                .putInt(0)
                .putInt(54)
                .putInt(40)
                .putInt(width)
                .putInt(height)
                .putShort((short) 1)
                .putShort((short) bits)
                .putInt(compression)
                .putInt(0x7FFFFFF0)
                .put(new byte[16])
                .put(body)
                .array();
    }

    @Test
    void aBitmapOfAnotherFormatOrOfHugeSizeIsRefused() {
        refused(bmp(16, 16, 24, 5, Broken.file("good/plain.png")), "PNG within");
        refused(bmp(16, 16, 24, 4, Broken.file("good/plain.jpg")), "JPEG within");
        refused(bmp(60000, 60000, 24, 0, new byte[100]), "cut off");
        refused(bmp(60000, 2000, 8, 1, new byte[4096]), "60000x2000");
        refused(bmp(Integer.MAX_VALUE, Integer.MIN_VALUE, 1, 0, new byte[100]), "size");
    }

    private static byte[] webp(byte[]... chunks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("RIFF\0\0\0\0WEBP".getBytes(StandardCharsets.US_ASCII));
        for (byte[] chunk : chunks) {
            out.writeBytes(chunk);
        }
        return out.toByteArray();
    }

    private static byte[] chunk(String name, byte[] content) {
        return little(8 + content.length)
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static byte[] lossy(int width, int height) {
        return little(210)
                .put(new byte[] {(byte) 0x90, 0x0C, 0, (byte) 0x9D, 1, 0x2A})
                .putShort((short) width)
                .putShort((short) height)
                .array();
    }

    private static byte[] lossless(int width, int height) {
        return little(206)
                .put((byte) 0x2F)
                .putInt(width - 1 | (height - 1) << 14)
                .array();
    }

    @Test
    void aWebpOfHugeSizeIsRefused() {
        byte[] canvas = chunk("VP8X", new byte[10]);
        refused(webp(chunk("VP8 ", lossy(11000, 11000))), "cut off");
        refused(webp(canvas, chunk("VP8 ", lossy(16383, 16383))), "1x1, found 16383x16383");
        refused(webp(canvas, chunk("VP8L", lossless(16384, 16384))), "1x1, found 16384x16384");
        refused(webp(chunk("VP8L", lossless(11000, 11000))), "11000x11000");
    }

    /** A progressive JPEG of one component whose every scan is all zeros. */
    private static byte[] jpeg(int width, int height, int scans) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] quantizers = new byte[65];
        Arrays.fill(quantizers, 1, 65, (byte) 1);
        byte[] frame = ByteBuffer.allocate(9)
                .put((byte) 8)
                .putShort((short) height)
                .putShort((short) width)
                .put(new byte[] {1, 1, 0x11, 0})
                .array();
        byte[] code = new byte[18];
        code[1] = 1;
        out.writeBytes(new byte[] {-1, (byte) 0xD8});
        segment(out, 0xDB, quantizers);
        segment(out, 0xC2, frame);
        segment(out, 0xC4, code);
        segment(out, 0xDA, new byte[] {1, 1, 0, 0, 0, 0});
        out.writeBytes(new byte[(width + 7) / 8 * ((height + 7) / 8) / 8 + 1]);
        code[0] = 0x10;
        code[17] = (byte) 0xE0;
        for (int i = 0; i < scans; i++) {
            segment(out, 0xC4, code);
            segment(out, 0xDA, new byte[] {1, 1, 0, 1, 63, 0});
            out.writeBytes(new byte[] {0x7F, 0x7F, 0x7F, 0x7F});
        }
        out.writeBytes(new byte[] {-1, (byte) 0xD9});
        return out.toByteArray();
    }

    private static void segment(ByteArrayOutputStream out, int marker, byte[] content) {
        out.writeBytes(ByteBuffer.allocate(4 + content.length)
                .put((byte) 0xFF)
                .put((byte) marker)
                .putShort((short) (2 + content.length))
                .put(content)
                .array());
    }

    @Test
    void aJpegOfThousandsOfScansIsRefused() {
        refused(jpeg(8000, 8000, 200), "201 scans of 8000x8000");
        refused(jpeg(2000, 2000, 5000), "5001 scans of 2000x2000");
    }

    @Test
    void whatAFileMayTakeGrowsWithItsLength() throws Exception {
        byte[] small = PngFile.of(4000, 3000, 6, new byte[(1 + 4 * 4000) * 3000]);
        assertTrue(small.length < 60_000, "found " + small.length);
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        Picture picture = decode(small);
        bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        assertEquals(4000, picture.width());
        assertTrue(bytes < 40_000_000, "found " + bytes);
        refused(PngFile.of(8000, 6000, 0, new byte[(1 + 8000) * 6000]), "8000x6000");
    }

    /** Made for an attack on what this library was before. */
    @Test
    void theFilesOfAnAttackAreRefused() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("src", "test", "resources", "hostile"))) {
            List<Path> all = files.toList();
            assertEquals(11, all.size());
            for (Path file : all) {
                refused(Files.readAllBytes(file), "");
            }
        }
    }
}
