package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A text of a PNG, unpacked when it is asked for.
 *
 * @param packed by deflate
 */
record PngText(String keyword, boolean packed, ByteBuffer data) {
    /** A profile with an orientation is much shorter. */
    private static final int LONGEST = 1 << 18;

    /** @param world with a language, a translated keyword, and a flag whether it is packed */
    static PngText of(ByteBuffer chunk, boolean packed, boolean world) {
        int end = zero(chunk, 0);
        String keyword = StandardCharsets.ISO_8859_1.decode(chunk.slice(0, end)).toString();
        int from = end + 1;
        boolean isPacked = packed;
        if (world && from + 2 <= chunk.limit()) {
            isPacked = chunk.get(from) == 1;
            from = zero(chunk, zero(chunk, from + 2) + 1) + 1;
        } else if (packed) {
            from++;
        }
        from = Math.min(from, chunk.limit());
        return new PngText(keyword, isPacked, chunk.slice(from, chunk.limit() - from));
    }

    private static int zero(ByteBuffer in, int from) {
        int at = from;
        while (at < in.limit() && in.get(at) != 0) {
            at++;
        }
        return Math.min(at, in.limit());
    }

    boolean named(String wanted) {
        return keyword.equals(wanted);
    }

    /** Its bytes; empty where they are damaged or too many. */
    ByteBuffer text() {
        if (!packed) {
            return data;
        }
        byte[] out = new byte[(int) Math.min(LONGEST, data.limit() * 1040L)];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data.duplicate());
            int length = inflater.inflate(out);
            return ByteBuffer.wrap(out).slice(0, inflater.finished() ? length : 0);
        } catch (DataFormatException e) {
            return ByteBuffer.allocate(0);
        } finally {
            inflater.end();
        }
    }

    /** ImageMagick's: a name and a length, each on a line, and bytes in hexadecimal; null where it is something else. */
    ByteBuffer profile() {
        String[] lines =
                StandardCharsets.ISO_8859_1.decode(text()).toString().strip().split("\n", 3);
        if (lines.length < 3) {
            return null;
        }
        try {
            return ByteBuffer.wrap(HexFormat.of().parseHex(lines[2].replaceAll("\\s", "")));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
