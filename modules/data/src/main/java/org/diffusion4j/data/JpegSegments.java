package org.diffusion4j.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A JPEG's segments, read as libjpeg reads them: bytes between segments are skipped. Only what the pixels need is kept,
 * without thumbnails, profiles and anything else that a decoder would have to trust. A missing end mark is added.
 */
final class JpegSegments {
    private static final byte[] XMP_MARK = ascii("http://ns.adobe.com/xap/1.0/\0");
    private static final byte[] JFIF_MARK = ascii("JFIF\0");
    private static final byte[] ADOBE_MARK = ascii("Adobe");
    private static final byte[] JFIF = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private final byte[] bytes;
    private final ByteBuffer file;
    private final ByteArrayOutputStream exif = new ByteArrayOutputStream();
    private final ByteArrayOutputStream kept;
    private ByteBuffer xmp;
    private boolean jfif;
    /** What an Adobe segment says about the colours; -1 if there is none. */
    private int adobe = -1;

    private JpegFrame frame;
    private long scanBytes;

    JpegSegments(byte[] bytes) throws IOException {
        this.bytes = bytes;
        this.file = ByteBuffer.wrap(bytes).position(2);
        this.kept = new ByteArrayOutputStream(bytes.length + 64);
        walk();
        if (frame == null || scanBytes == 0) {
            throw new IOException("expected a frame and a scan, found none");
        }
        frame.check(scanBytes, bytes.length);
        kept.write(0xFF);
        kept.write(0xD9);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private void walk() throws IOException {
        while (true) {
            int marker = marker();
            if (marker == 0xD9) {
                return;
            }
            if (marker < 0) {
                // The end mark is missing. If nothing is missing before it, a decoder never needs it.
                if (frame == null || !frame.complete()) {
                    throw PictureFormat.cut();
                }
                return;
            }
            if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
                continue;
            }
            int start = file.position();
            int length = file.remaining() < 2 ? 0 : Short.toUnsignedInt(file.getShort(start));
            if (length < 2 || length > file.remaining()) {
                if (frame != null && frame.complete()) {
                    return;
                }
                throw PictureFormat.cut();
            }
            file.position(start + length);
            segment(marker, start + 2, start + length);
        }
    }

    /** Finds the next marker; -1 if there is none. A 0xFF that is followed by 0 is data. */
    private int marker() {
        while (file.hasRemaining()) {
            if (file.get() == (byte) 0xFF) {
                int next = 0xFF;
                while (next == 0xFF && file.hasRemaining()) {
                    next = file.get() & 255;
                }
                if (next != 0 && next != 0xFF) {
                    return next;
                }
            }
        }
        return -1;
    }

    private void segment(int marker, int start, int end) throws IOException {
        switch (marker) {
            case 0xC4, 0xDB, 0xDD -> keep(marker, start, end); // Huffman codes, quantizers, restarts
            case 0xC0, 0xC1, 0xC2 -> {
                if (frame != null) {
                    throw new IOException("expected one frame, found a second");
                }
                frame = new JpegFrame(file.slice(start, end - start), marker == 0xC2);
                keep(marker, start, end);
            }
            case 0xDA -> {
                if (frame == null) {
                    throw new IOException("expected a frame before the first scan, found none");
                }
                frame.scan(file.slice(start, end - start));
                keep(marker, start, end);
                int scan = file.position();
                skipScan();
                scanBytes += file.position() - scan;
                kept.write(bytes, scan, file.position() - scan);
            }
            case 0xE0 -> jfif |= begins(start, end, JFIF_MARK) && end - start >= 14;
            case 0xE1 -> application(start, end);
            case 0xEE -> adobe = begins(start, end, ADOBE_MARK) && end - start >= 12 ? bytes[start + 11] : adobe;
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF ->
                throw new IOException(
                        "expected a baseline or progressive JPEG, found a lossless, hierarchical or arithmetic one");
            default -> {}
        }
    }

    /** EXIF may be spread over several segments. */
    private void application(int start, int end) {
        if (begins(start, end, Orientation.EXIF_MARK)) {
            int from = start + Orientation.EXIF_MARK.length;
            exif.write(bytes, from, end - from);
        } else if (xmp == null && begins(start, end, XMP_MARK)) {
            xmp = file.slice(start + XMP_MARK.length, end - start - XMP_MARK.length);
        }
    }

    private boolean begins(int start, int end, byte[] mark) {
        return end - start >= mark.length && Arrays.equals(bytes, start, start + mark.length, mark, 0, mark.length);
    }

    private void keep(int marker, int start, int end) {
        kept.write(0xFF);
        kept.write(marker);
        kept.write(bytes, start - 2, end - start + 2);
    }

    /** Skips to the next marker that isn't a restart marker. A 0xFF in the data is followed by 0. */
    private void skipScan() {
        while (file.hasRemaining()) {
            if (file.get() == (byte) 0xFF) {
                int at = file.position() - 1;
                int next = 0xFF;
                while (next == 0xFF && file.hasRemaining()) {
                    next = file.get() & 255;
                }
                if (next != 0 && (next < 0xD0 || next > 0xD7)) {
                    file.position(at);
                    return;
                }
            }
        }
    }

    JpegFrame frame() {
        return frame;
    }

    int orientation() {
        return Orientation.of(exif.size() == 0 ? null : ByteBuffer.wrap(exif.toByteArray()), xmp);
    }

    /** Whether the four channels are brightness, two colour differences and black. */
    boolean adobeYcck() {
        return adobe == 2;
    }

    /** A stream of a file whose header says how the colours are to be read, as libjpeg would have guessed. */
    FileStream stream() {
        byte[] head = {(byte) 0xFF, (byte) 0xD8};
        boolean rgb = !jfif && (adobe >= 0 ? adobe == 0 : frame.named('R', 'G', 'B'));
        byte[] colours = frame.components() == 4 || rgb ? adobeSegment(rgb ? 0 : adobe) : JFIF;
        byte[] whole = Arrays.copyOf(head, head.length + colours.length + kept.size());
        System.arraycopy(colours, 0, whole, head.length, colours.length);
        byte[] rest = kept.toByteArray();
        System.arraycopy(rest, 0, whole, head.length + colours.length, rest.length);
        return new FileStream(whole);
    }

    private static byte[] adobeSegment(int transform) {
        byte[] segment = {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
        segment[segment.length - 1] = (byte) Math.max(0, transform);
        return segment;
    }
}
