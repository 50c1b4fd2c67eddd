package org.diffusion4j.weights.torchfile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;

/** The bytes of a pickle, one after another. No length that stands in the file is believed: memory is taken as bytes come. */
final class PickleInput {
    /** Of a text: a configuration or a vocabulary in one piece is shorter. */
    private static final int LONGEST_TEXT = 1 << 24;

    private static final int LONGEST_LINE = 10_000;
    private static final int PIECE = 1 << 13;

    private final Path file;
    private final String name;
    private final InputStream in;
    private final PickleRoom room = new PickleRoom();
    private final byte[] buffer = new byte[PIECE];
    private int at;
    private int end;
    private long position;
    private long left;

    /**
     * @param file for messages
     * @param name the pickle's, for messages
     * @param in the bytes
     * @param length the most bytes that there are
     */
    PickleInput(Path file, String name, InputStream in, long length) {
        this.file = file;
        this.name = name;
        this.in = in;
        this.left = length;
    }

    /** How many bytes have been read. */
    long position() {
        return position;
    }

    Diffusion4jException fault(String expectedAndFound) {
        return FileFault.in(file, name, expectedAndFound + ", before byte " + position);
    }

    /** Counts what a value takes on the heap. */
    void charge(long bytes) {
        if (!room.take(bytes)) {
            throw fault("expected a pickle of some 30000 tensors at most, found a larger one");
        }
    }

    int unsignedByte() {
        if (at == end) {
            refill();
        }
        position++;
        left--;
        return buffer[at++] & 0xff;
    }

    private void refill() {
        try {
            int count = left == 0 ? -1 : in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count <= 0) {
                throw fault("expected a whole pickle, found its end");
            }
            at = 0;
            end = count;
        } catch (IOException e) {
            throw FileFault.from(file, "read " + FileFault.quote(name), e);
        }
    }

    /** A whole number, little-endian: unsigned, unless it has 8 bytes. */
    long number(int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) unsignedByte() << (8 * i);
        }
        return number;
    }

    /** A number of bytes that are still there. */
    long length(int bytes) {
        long length = bytes == 1 ? unsignedByte() : number(bytes);
        if (length < 0 || length > left) {
            throw fault("expected a length of " + left + " bytes at most, found " + Long.toUnsignedString(length));
        }
        return length;
    }

    void skip(long length) {
        for (long skipped = 0; skipped < length; skipped++) {
            unsignedByte();
        }
    }

    /** @param most refused where there are more */
    byte[] bytes(long length, int most) {
        if (length > most) {
            throw fault("expected a value of " + most + " bytes at most, found " + length);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) Math.min(length, PIECE));
        for (long i = 0; i < length; i++) {
            bytes.write(unsignedByte());
        }
        return bytes.toByteArray();
    }

    String text(long length) {
        return decoded(bytes(length, LONGEST_TEXT)).orElseThrow(() -> fault("expected a text in UTF-8, found none"));
    }

    /** What Python 2 wrote as a text, which may be bytes. */
    Optional<String> textOrBytes(long length) {
        return decoded(bytes(length, LONGEST_TEXT));
    }

    private static Optional<String> decoded(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The text up to the end of the line, which is read, too. */
    String line() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int one = unsignedByte(); one != '\n'; one = unsignedByte()) {
            if (line.size() == LONGEST_LINE) {
                throw fault("expected a line of " + LONGEST_LINE + " bytes at most, found a longer one");
            }
            line.write(one);
        }
        return decoded(line.toByteArray()).orElseThrow(() -> fault("expected a line in UTF-8, found none"));
    }
}
