package org.diffusion4j.data;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The formats that are read, known by their first bytes. What the decoders are lenient about, or trust a length for, is
 * checked here first: that a file is whole, and that no part of it claims to be longer than the file.
 */
enum PictureFormat {
    JPEG("com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi") {
        /** Walks from marker to marker up to the end-of-image marker; cut files have none. */
        @Override
        Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException {
            int orientation = 1;
            boolean frame = false;
            boolean scan = false;
            file.position(2);
            while (true) {
                if (file.get() != (byte) 0xFF) {
                    throw new BrokenPictureException("expected a JPEG marker at byte " + (file.position() - 1));
                }
                int marker;
                do {
                    marker = file.get() & 255;
                } while (marker == 0xFF);
                if (marker == 0xD9) {
                    break;
                }
                int start = file.position();
                int length = Short.toUnsignedInt(file.getShort());
                if (length < 2 || length > file.limit() - start) {
                    throw cut();
                }
                frame |= marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
                if (marker == 0xE1 && length > 8 && file.getLong(start) << 16 == EXIF_MARK) {
                    orientation = Exif.orientation(file.slice(start + 8, length - 8));
                }
                file.position(start + length);
                if (marker == 0xDA) {
                    scan = true;
                    skipScan(file);
                }
            }
            if (!frame || !scan) {
                throw new BrokenPictureException("expected a JPEG's frame and scan, found none");
            }
            return new Checked(bytes, orientation);
        }

        /** To the next marker that is no restart; a 0xFF of the data is followed by 0. */
        private void skipScan(ByteBuffer file) {
            while (true) {
                if (file.get() == (byte) 0xFF) {
                    int next;
                    do {
                        next = file.get() & 255;
                    } while (next == 0xFF);
                    if (next != 0 && (next < 0xD0 || next > 0xD7)) {
                        file.position(file.position() - 2);
                        return;
                    }
                }
            }
        }
    },

    PNG("com.sun.imageio.plugins.png.PNGImageReaderSpi") {
        /** Checks every chunk's sum, and hands on only what the pixels need: no profile or text to be unpacked. */
        @Override
        Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException {
            int orientation = 1;
            ByteArrayOutputStream kept = new ByteArrayOutputStream(file.limit());
            kept.write(bytes, 0, 8);
            file.position(8);
            boolean first = true;
            while (true) {
                int start = file.position();
                long length = Integer.toUnsignedLong(file.getInt());
                if (length > file.remaining() - 8L) {
                    throw cut();
                }
                int type = file.getInt();
                int data = file.position();
                file.position(data + (int) length);
                CRC32 sum = new CRC32();
                sum.update(bytes, start + 4, (int) length + 4);
                if (file.getInt() != (int) sum.getValue()) {
                    throw new BrokenPictureException("the checksum of PNG chunk " + chunk(type) + " is wrong");
                }
                if (first && type != IHDR) {
                    throw new BrokenPictureException("expected a PNG's IHDR first, found " + chunk(type));
                }
                first = false;
                if (type == EXIF) {
                    orientation = Exif.orientation(file.slice(data, (int) length));
                }
                if (type == IHDR || type == PLTE || type == IDAT || type == TRNS || type == IEND) {
                    kept.write(bytes, start, (int) length + 12);
                }
                if (type == IEND) {
                    return new Checked(kept.toByteArray(), orientation);
                }
            }
        }

        private static final int IHDR = 0x49484452;
        private static final int PLTE = 0x504C5445;
        private static final int IDAT = 0x49444154;
        private static final int TRNS = 0x74524E53;
        private static final int IEND = 0x49454E44;
        private static final int EXIF = 0x65584966;
    },

    GIF("com.sun.imageio.plugins.gif.GIFImageReaderSpi") {
        /** Walks to the end of the first frame. */
        @Override
        Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException {
            file.position(10);
            skipPalette(file, file.get());
            file.position(file.position() + 2);
            while (true) {
                int block = file.get() & 255;
                if (block == 0x21) {
                    file.get();
                    skipBlocks(file);
                } else if (block == 0x2C) {
                    file.position(file.position() + 8);
                    skipPalette(file, file.get());
                    file.get();
                    skipBlocks(file);
                    return new Checked(bytes, 1);
                } else {
                    throw new BrokenPictureException("expected a GIF's frame at byte " + (file.position() - 1));
                }
            }
        }

        private void skipPalette(ByteBuffer file, byte flags) {
            if (flags < 0) {
                file.position(file.position() + 3 * (2 << (flags & 7)));
            }
        }

        private void skipBlocks(ByteBuffer file) {
            for (int length = file.get() & 255; length != 0; length = file.get() & 255) {
                file.position(file.position() + length);
            }
        }
    },

    BMP("com.sun.imageio.plugins.bmp.BMPImageReaderSpi") {
        /** The pixels and the palette must lie in the file. */
        @Override
        Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException {
            file.order(ByteOrder.LITTLE_ENDIAN);
            long pixels = Integer.toUnsignedLong(file.getInt(10));
            long header = Integer.toUnsignedLong(file.getInt(14));
            if (header < 12 || 14 + header > pixels || pixels >= file.limit()) {
                throw cut();
            }
            if (header >= 40) {
                int bits = file.getShort(28);
                long width = Math.abs((long) file.getInt(18));
                long height = Math.abs((long) file.getInt(22));
                long colours = Integer.toUnsignedLong(file.getInt(46));
                boolean packed = file.getInt(30) == 0 || file.getInt(30) == 3;
                if (colours > 256 || bits < 0) {
                    throw new BrokenPictureException("expected at most 256 colours, found " + colours);
                }
                if (packed && (width * bits + 31) / 32 * 4 * height > file.limit() - pixels) {
                    throw cut();
                }
            }
            return new Checked(bytes, 1);
        }
    },

    WEBP("com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi") {
        /** All chunks must lie in the file. */
        @Override
        Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException {
            file.order(ByteOrder.LITTLE_ENDIAN);
            long end = 8 + Integer.toUnsignedLong(file.getInt(4));
            if (end > file.limit()) {
                throw cut();
            }
            int orientation = 1;
            file.limit((int) end).position(12);
            while (file.remaining() >= 8) {
                int type = Integer.reverseBytes(file.getInt());
                long length = Integer.toUnsignedLong(file.getInt());
                if (length > file.remaining()) {
                    throw cut();
                }
                if (type == 0x45584946) {
                    ByteBuffer tiff = file.slice(file.position(), (int) length);
                    boolean marked = length > 6 && tiff.getLong(0) >>> 16 == EXIF_MARK >>> 16;
                    orientation = Exif.orientation(marked ? tiff.slice(6, (int) length - 6) : tiff);
                }
                file.position((int) Math.min(file.limit(), file.position() + length + length % 2));
            }
            return new Checked(bytes, orientation);
        }
    };

    /** "Exif", two zeros: EXIF's mark in a JPEG, in the upper bytes. */
    private static final long EXIF_MARK = 0x4578696600000000L;

    private final String reader;

    PictureFormat(String reader) {
        this.reader = reader;
    }

    /** The class of the decoder's service provider. */
    String reader() {
        return reader;
    }

    /**
     * What the decoder is given.
     *
     * @param file without what is not needed
     * @param orientation EXIF's
     */
    record Checked(byte[] file, int orientation) {}

    abstract Checked check(byte[] bytes, ByteBuffer file) throws BrokenPictureException;

    /** @throws BrokenPictureException if the file is not whole */
    Checked check(byte[] file) throws BrokenPictureException {
        try {
            return check(file, ByteBuffer.wrap(file));
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw cut();
        }
    }

    private static BrokenPictureException cut() {
        return new BrokenPictureException("the file is cut off");
    }

    private static String chunk(int type) {
        return new String(ByteBuffer.allocate(4).putInt(type).array(), StandardCharsets.ISO_8859_1);
    }

    /** @throws BrokenPictureException if it is none of these formats */
    static PictureFormat of(byte[] file) throws BrokenPictureException {
        String head = new String(file, 0, Math.min(file.length, 16), StandardCharsets.ISO_8859_1);
        if (head.startsWith("\u00FF\u00D8\u00FF")) {
            return JPEG;
        } else if (head.startsWith("\u0089PNG\r\n\u001A\n")) {
            return PNG;
        } else if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
            return GIF;
        } else if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return WEBP;
        } else if (head.startsWith("BM")) {
            return BMP;
        }
        throw new BrokenPictureException(
                file.length == 0
                        ? "the file is empty"
                        : "expected JPEG, PNG, GIF, BMP or WebP by its first bytes, found none of these");
    }
}
