package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.diffusion4j.Diffusion4jException;

/** The text of a file in UTF-8, with or without a byte order mark. */
final class Utf8 {
    private Utf8() {}

    /** @param place the file, for messages */
    static String text(String place, byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new Diffusion4jException(place + ": expected UTF-8, found other bytes", e);
        }
    }
}
