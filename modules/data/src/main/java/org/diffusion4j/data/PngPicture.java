package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** A PNG, whose end may be missing. */
final class PngPicture implements EncodedPicture.ByRows {
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int IDAT = 0x49444154;
    private static final int TRNS = 0x74524E53;
    private static final int IEND = 0x49454E44;
    private static final int EXIF = 0x65584966;
    private static final int TEXT = 0x74455874;
    private static final int PACKED_TEXT = 0x7A545874;
    private static final int WORLD_TEXT = 0x69545874;
    /** The bit that is set in the names of chunks that a reader may ignore. */
    private static final int ANCILLARY = 0x20000000;

    private static final int CHUNK_BYTES = 12;
    /** The largest number of bytes that one byte of deflate can stand for. */
    private static final long MOST_UNPACKED = 1032;

    private final byte[] bytes;
    private final List<ByteBuffer> packed = new ArrayList<>();
    private final PngPixels pixels;
    private ByteBuffer header;
    private ByteBuffer colours;
    private ByteBuffer transparency;
    private ByteBuffer exif;
    private PngText profile;
    private PngText xmp;
    private long packedBytes;

    PngPicture(byte[] bytes) throws IOException {
        this.bytes = bytes;
        ByteBuffer file = ByteBuffer.wrap(bytes).position(8);
        while (file.remaining() >= CHUNK_BYTES && chunk(file)) {
            // Goes on.
        }
        if (header == null || packedBytes == 0) {
            throw PictureFormat.cut();
        }
        pixels = new PngPixels(header, colours, transparency);
        if (pixels.bytes() > packedBytes * MOST_UNPACKED) {
            throw PictureFormat.cut();
        }
    }

    /** @return whether there may be more chunks */
    private boolean chunk(ByteBuffer file) throws IOException {
        int start = file.position();
        long length = Integer.toUnsignedLong(file.getInt());
        int type = file.getInt();
        if (type == IEND) {
            return false;
        }
        if (length > file.remaining() - 4L) {
            // What comes after the pixels doesn't matter, and the decoder will notice whether they are complete.
            if (packedBytes > 0 && type != IDAT) {
                return false;
            }
            throw PictureFormat.cut();
        }
        int data = file.position();
        file.position(data + (int) length);
        CRC32 sum = new CRC32();
        sum.update(bytes, start + 4, (int) length + 4);
        if (file.getInt() != (int) sum.getValue()) {
            if ((type & ANCILLARY) != 0) {
                return true;
            }
            throw new IOException("the checksum of chunk " + name(type) + " is wrong");
        }
        if (header == null && type != IHDR) {
            throw new IOException("expected chunk IHDR first, found " + name(type));
        }
        take(type, file.slice(data, (int) length));
        return true;
    }

    private void take(int type, ByteBuffer data) throws IOException {
        switch (type) {
            case IHDR -> {
                if (data.limit() != 13 || header != null) {
                    throw new IOException("expected one chunk IHDR of 13 bytes, found another");
                }
                header = data;
            }
            case IDAT -> {
                packed.add(data);
                packedBytes += data.limit();
            }
            case PLTE -> colours = colours == null ? data : colours;
            case TRNS -> transparency = transparency == null ? data : transparency;
            case EXIF -> exif = exif == null ? data : exif;
            case TEXT, PACKED_TEXT, WORLD_TEXT -> {
                PngText text = PngText.of(data, type == PACKED_TEXT, type == WORLD_TEXT);
                profile = profile == null && text.named("Raw profile type exif") ? text : profile;
                xmp = xmp == null && text.named("XML:com.adobe.xmp") ? text : xmp;
            }
            default -> {}
        }
    }

    private static String name(int type) {
        return new String(ByteBuffer.allocate(4).putInt(type).array(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public int width() {
        return header.getInt(0);
    }

    @Override
    public int height() {
        return header.getInt(4);
    }

    @Override
    public int orientation() {
        ByteBuffer said = exif != null ? exif : profile == null ? null : profile.profile();
        return Orientation.of(said, xmp == null ? null : xmp.text());
    }

    @Override
    public long memory(int channels) {
        return 2 * (pixels.bytes() / height() + 1);
    }

    @Override
    public boolean wholeRows() {
        return !pixels.interlaced();
    }

    @Override
    public void decode(PixelRows rows) throws IOException {
        pixels.decode(packed, rows);
    }
}
