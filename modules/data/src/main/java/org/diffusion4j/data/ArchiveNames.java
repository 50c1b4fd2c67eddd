package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.data.ArchiveEntry.StoredName;

/**
 * Decodes names as an archive stores them. Names without a known encoding are UTF-8 if all of them can be. Otherwise all of
 * them are read in a character set with one byte per character, so that different names stay different.
 */
final class ArchiveNames {
    /** The character set of a zip archive's names that aren't marked as UTF-8. */
    static final Charset ZIP = Charset.isSupported("IBM437") ? Charset.forName("IBM437") : StandardCharsets.ISO_8859_1;

    private final Charset other;
    private final boolean allUtf8;
    private final int unknown;
    private final String example;

    /** @param other the character set of names that aren't in UTF-8, in which each byte is a character */
    ArchiveNames(Iterable<ArchiveEntry> entries, Charset other) {
        this.other = other;
        List<String> read = new ArrayList<>();
        boolean all = true;
        for (ArchiveEntry entry : entries) {
            StoredName name = entry.name();
            boolean valid = utf8(name.bytes()) != null;
            all &= valid;
            if (!valid || (!name.utf8() && !ascii(name.bytes()))) {
                read.add(new String(name.bytes(), other));
            }
        }
        this.allUtf8 = all;
        this.unknown = read.size();
        this.example = read.isEmpty() ? null : read.get(0);
    }

    String decode(StoredName name) {
        String text = allUtf8 || name.utf8() || ascii(name.bytes()) ? utf8(name.bytes()) : null;
        return text == null ? new String(name.bytes(), other) : text;
    }

    /** A note if a character set had to be assumed. */
    Optional<String> note() {
        return allUtf8
                ? Optional.empty()
                : Optional.of(unknown + (unknown == 1 ? " name is" : " names are") + " not in UTF-8, so read as "
                        + other + ": other letters than were meant, perhaps, such as " + Names.brief(example));
    }

    private static boolean ascii(byte[] bytes) {
        for (byte each : bytes) {
            if (each < 0) {
                return false;
            }
        }
        return true;
    }

    /** The decoded name; null if the bytes aren't UTF-8. */
    private static String utf8(byte[] bytes) {
        if (ascii(bytes)) {
            return new String(bytes, StandardCharsets.US_ASCII);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
