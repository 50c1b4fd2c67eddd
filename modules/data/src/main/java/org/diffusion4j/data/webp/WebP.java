package org.diffusion4j.data.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first picture of a WebP file. The chunks are read at once, the pixels when they are asked for. The file's own
 * statement of its length is ignored; the lengths of its chunks are used.
 */
public final class WebP {
    private static final int HEADER_BYTES = 12;
    private static final int CHUNK_BYTES = 8;
    private static final int FRAME_BYTES = 16;

    private final byte[] file;
    private final Part exif = new Part();
    private final Part xmp = new Part();
    private final Part lossy = new Part();
    private final Part lossless = new Part();
    private final Part alpha = new Part();
    private int width;
    private int height;
    private int left;
    private int top;
    private int frameWidth;
    private int frameHeight;
    private boolean opaque;

    /** The position of a chunk, which is empty until the chunk is found. */
    private static final class Part {
        private int start = -1;
        private int end;

        boolean found() {
            return start >= 0;
        }
    }

    /** Takes pixels. */
    @FunctionalInterface
    public interface Rows {
        /**
         * A part of a row.
         *
         * @param column the column of the first pixel
         * @param row the row, counted from the top
         * @param argb pixels, alpha in the highest byte, not premultiplied
         * @param from the index of the first pixel
         * @param count the number of pixels
         */
        void put(int column, int row, int[] argb, int from, int count);
    }

    private WebP(byte[] file) throws IOException {
        this.file = file;
        chunks(HEADER_BYTES, file.length);
        if (!lossy.found() && !lossless.found()) {
            throw cut();
        }
        int[] size = lossy.found()
                ? Vp8Header.size(file, lossy.start, lossy.end)
                : LosslessDecoder.size(file, lossless.start, lossless.end);
        opaque = lossy.found() ? !alpha.found() : size[2] == 0;
        boolean animated = frameWidth > 0;
        if (animated ? size[0] != frameWidth || size[1] != frameHeight : width > 0 && size[0] != width) {
            throw sizes(size);
        }
        if (!animated && height > 0 && size[1] != height) {
            throw sizes(size);
        }
        frameWidth = size[0];
        frameHeight = size[1];
        width = width == 0 ? frameWidth : width;
        height = height == 0 ? frameHeight : height;
        if (left + frameWidth > width || top + frameHeight > height) {
            throw sizes(size);
        }
        int blocks = Vp8Planes.macroblocks(frameWidth) * Vp8Planes.macroblocks(frameHeight);
        if (lossy.found() && !Vp8Header.holds(file, lossy.start, blocks)) {
            throw cut();
        }
    }

    private IOException sizes(int[] size) {
        return new IOException("expected a picture of the size that the file's header gives, " + width + "x" + height
                + ", found " + size[0] + "x" + size[1]);
    }

    /**
     * Reads everything but the pixels.
     *
     * @param file the whole file, which begins with "RIFF", a length and "WEBP"
     * @throws IOException if there is no complete picture
     */
    public static WebP of(byte[] file) throws IOException {
        return new WebP(file);
    }

    private void chunks(int from, int to) throws IOException {
        ByteBuffer in =
                ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).limit(to).position(from);
        while (in.remaining() >= CHUNK_BYTES) {
            int type = Integer.reverseBytes(in.getInt());
            long length = Integer.toUnsignedLong(in.getInt());
            if (length > in.remaining()) {
                if (lossy.found() || lossless.found()) {
                    return;
                }
                throw cut();
            }
            int start = in.position();
            int end = start + (int) length;
            switch (type) {
                case 0x56503858 -> canvas(in, length); // VP8X
                case 0x414E4D46 -> frame(in, length); // ANMF
                case 0x414C5048 -> found(alpha, start, end); // ALPH
                case 0x56503820 -> found(lossy, start, end); // VP8 and a space
                case 0x5650384C -> found(lossless, start, end); // VP8L
                case 0x45584946 -> keep(exif, start, end); // EXIF
                case 0x584D5020 -> keep(xmp, start, end); // XMP and a space
                default -> {}
            }
            in.position((int) Math.min(to, end + length % 2));
        }
    }

    /** Keeps the first chunk of a kind. */
    private void found(Part part, int start, int end) {
        if (!lossy.found() && !lossless.found()) {
            keep(part, start, end);
        }
    }

    private static void keep(Part part, int start, int end) {
        if (!part.found()) {
            part.start = start;
            part.end = end;
        }
    }

    private void canvas(ByteBuffer in, long length) throws IOException {
        if (length < 10) {
            throw cut();
        }
        width = 1 + (in.getInt(in.position() + 3) >>> 8);
        height = 1 + (in.getInt(in.position() + 6) >>> 8);
    }

    private void frame(ByteBuffer in, long length) throws IOException {
        if (lossy.found() || lossless.found()) {
            return;
        }
        if (length < FRAME_BYTES || width == 0) {
            throw new IOException("expected a header of the animation and of its frame, found none");
        }
        int at = in.position();
        left = 2 * (in.getInt(at) & 0xFFFFFF);
        top = 2 * (in.getInt(at + 2) >>> 8);
        frameWidth = 1 + (in.getInt(at + 5) >>> 8);
        frameHeight = 1 + (in.getInt(at + 8) >>> 8);
        chunks(at + FRAME_BYTES, at + (int) length);
    }

    static IOException cut() {
        return new IOException("the file is cut off");
    }

    /** The size of the canvas, in pixels. */
    public int width() {
        return width;
    }

    /** The size of the canvas, in pixels. */
    public int height() {
        return height;
    }

    /** Whether some pixels of the canvas may not be covered, because the first frame is smaller. */
    public boolean partial() {
        return frameWidth < width || frameHeight < height;
    }

    /** The EXIF data, or null. */
    public ByteBuffer exif() {
        return slice(exif);
    }

    /** The text of XMP in UTF-8, or null. */
    public ByteBuffer xmp() {
        return slice(xmp);
    }

    private ByteBuffer slice(Part part) {
        return part.found() ? ByteBuffer.wrap(file).slice(part.start, part.end - part.start) : null;
    }

    /** The bytes that decoding takes, in addition to the file and the memory that gets the pixels. */
    public long memory() {
        long pixels = (long) frameWidth * frameHeight;
        // Besides the pixels there are three images of 4x4 blocks, each with four bytes per pixel.
        long ofLossless = pixels * 19 / 4;
        if (lossless.found()) {
            return ofLossless;
        }
        long blocks = (long) Vp8Planes.macroblocks(frameWidth) * Vp8Planes.macroblocks(frameHeight);
        return blocks * 390 + (alpha.found() ? pixels + ofLossless : 0);
    }

    /**
     * Gives each of the picture's pixels once, row by row from the top.
     *
     * @throws IOException if the picture is damaged
     */
    public void decode(Rows rows) throws IOException {
        if (lossless.found()) {
            int[] pixels = LosslessDecoder.decode(file, lossless.start, lossless.end);
            for (int i = 0; opaque && i < pixels.length; i++) {
                pixels[i] |= 0xFF000000;
            }
            for (int y = 0; y < frameHeight; y++) {
                rows.put(left, top + y, pixels, y * frameWidth, frameWidth);
            }
            return;
        }
        byte[] opacity = opaque ? null : AlphaPlane.decode(file, alpha.start, alpha.end, frameWidth, frameHeight);
        Vp8Planes planes = Vp8Decoder.decode(file, lossy.start, lossy.end);
        int[] argb = new int[frameWidth];
        for (int y = 0; y < frameHeight; y++) {
            for (int x = 0; x < frameWidth; x++) {
                argb[x] = opaque ? 0xFF000000 : opacity[y * frameWidth + x] << 24;
            }
            planes.row(y, argb);
            rows.put(left, top + y, argb, 0, frameWidth);
        }
    }
}
