package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** Makes exceptions that say in one line what is wrong with a file. */
final class FileFault {
    private FileFault() {}

    /** {@code model.safetensors: expected …, found …}. */
    static Diffusion4jException in(Path file, String expectedAndFound) {
        return new Diffusion4jException(file + ": " + oneLine(expectedAndFound));
    }

    /** {@code model.safetensors, 'conv_in.weight': expected …, found …}. */
    static Diffusion4jException in(Path file, String name, String expectedAndFound) {
        return new Diffusion4jException(file + ", " + quote(name) + ": " + oneLine(expectedAndFound));
    }

    /** Makes an exception for a file that the system couldn't read or write. */
    static Diffusion4jException from(Path file, String doing, IOException cause) {
        String reason = cause instanceof NoSuchFileException missing
                ? "no such file or folder: " + missing.getFile()
                : cause.getClass().getSimpleName() + ": " + cause.getMessage();
        return new Diffusion4jException(file + ": expected to " + doing + ", found " + oneLine(reason), cause);
    }

    /** A name from a file, shortened and escaped, so that it can't break the line of the message. */
    static String quote(String name) {
        String shown = name.length() <= 200 ? name : name.substring(0, 200) + "…";
        return "'" + oneLine(shown) + "'";
    }

    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                line.append(c == '\n' ? "\\n" : String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}
