package org.diffusion4j.weights.file;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** Makes exceptions that say in one line what is wrong with a file. */
public final class FileFault {
    private FileFault() {}

    /**
     * Makes an exception like {@code model.safetensors: expected …, found …}.
     *
     * @param file the file
     * @param expectedAndFound the rest of the message
     * @return the exception, to be thrown
     */
    public static Diffusion4jException in(Path file, String expectedAndFound) {
        return new Diffusion4jException(file + ": " + oneLine(expectedAndFound));
    }

    /**
     * Makes an exception like {@code model.safetensors, 'conv_in.weight': expected …, found …}.
     *
     * @param file the file
     * @param name what in it is wrong: a tensor or a key
     * @param expectedAndFound the rest of the message
     * @return the exception, to be thrown
     */
    public static Diffusion4jException in(Path file, String name, String expectedAndFound) {
        return new Diffusion4jException(file + ", " + quote(name) + ": " + oneLine(expectedAndFound));
    }

    /**
     * Makes an exception for a file that the system couldn't read or write.
     *
     * @param file the file
     * @param doing what was tried, such as {@code read JSON}
     * @param cause what happened
     * @return the exception, to be thrown
     */
    public static Diffusion4jException from(Path file, String doing, IOException cause) {
        // What opening a folder as a file throws has other words on each system.
        return fault(file, doing, Files.isDirectory(file) ? "a folder" : reason(cause), cause);
    }

    /**
     * Makes an exception for a folder that the system couldn't list or write.
     *
     * @param folder the folder
     * @param doing what was tried, such as {@code list a model's folder}
     * @param cause what happened
     * @return the exception, to be thrown
     */
    public static Diffusion4jException ofFolder(Path folder, String doing, IOException cause) {
        return fault(folder, doing, reason(cause), cause);
    }

    private static Diffusion4jException fault(Path place, String doing, String reason, IOException cause) {
        return new Diffusion4jException(place + ": expected to " + doing + ", found " + oneLine(reason), cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException missing) {
            return "no such file or folder: " + missing.getFile();
        } else if (cause instanceof AccessDeniedException denied) {
            return "no permission for " + denied.getFile();
        } else if (cause instanceof CharacterCodingException) {
            return "bytes that aren't UTF-8";
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    /**
     * A name from a file, shortened and escaped, so that it can't break the line of the message.
     *
     * @param name any text
     * @return the text in quotes
     */
    public static String quote(String name) {
        String shown = name.length() <= 200 ? name : name.substring(0, 200) + "…";
        return "'" + oneLine(shown) + "'";
    }

    /**
     * A text with its control characters escaped.
     *
     * @param text any text
     * @return the text in one line
     */
    public static String oneLine(String text) {
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
