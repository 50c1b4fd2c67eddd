package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A text in a PNG, which is unpacked when it is needed.
 *
 * @param packed whether it is packed by deflate
 */
record PngText(String keyword, boolean packed, ByteBuffer data) {
    /** The longest text that is unpacked; a profile with an orientation is much shorter. */
    private static final int LONGEST = 1 << 18;

    /** @param world whether the chunk has a language, a translated keyword, and a flag that says whether it is packed */
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

    /** The text's bytes; empty if they are damaged or too many. */
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

    /**
     * The bytes of a profile as ImageMagick stores it: a line with a name, a line with a length, then hexadecimal bytes.
     * Null if the text is something else.
     */
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
