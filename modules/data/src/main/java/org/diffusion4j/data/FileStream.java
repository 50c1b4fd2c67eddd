package org.diffusion4j.data;

import javax.imageio.stream.ImageInputStreamImpl;

/** A stream of bytes for ImageIO, whose own streams copy the bytes, some of them into a temporary file. */
final class FileStream extends ImageInputStreamImpl {
    private final byte[] bytes;

    FileStream(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read() {
        bitOffset = 0;
        return streamPos < bytes.length ? bytes[(int) streamPos++] & 255 : -1;
    }

    @Override
    public int read(byte[] to, int offset, int count) {
        bitOffset = 0;
        if (streamPos >= bytes.length) {
            return count == 0 ? 0 : -1;
        }
        int read = (int) Math.min(count, bytes.length - streamPos);
        System.arraycopy(bytes, (int) streamPos, to, offset, read);
        streamPos += read;
        return read;
    }

    @Override
    public long length() {
        return bytes.length;
    }
}
