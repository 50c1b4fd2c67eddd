package org.diffusion4j.weights.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.diffusion4j.Diffusion4jException;

/** SHA-256 sums. The sum of a file shows whether it was downloaded or unpacked completely. */
public final class Sha256 {
    private Sha256() {}

    /**
     * Computes a file's sum.
     *
     * @param file the file
     * @return 64 hexadecimal digits, in lower case
     * @throws Diffusion4jException if the file can't be read
     */
    public static String of(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            return copying(bytes, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw FileFault.from(file, "compute its SHA-256", e);
        }
    }

    /**
     * Copies bytes and computes their sum.
     *
     * @param from is read to its end
     * @param to gets the bytes
     * @return 64 hexadecimal digits, in lower case
     * @throws IOException if {@code from} can't be read or {@code to} can't be written
     */
    public static String copying(InputStream from, OutputStream to) throws IOException {
        MessageDigest digest = digest();
        new DigestInputStream(from, digest).transferTo(to);
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Begins a sum.
     *
     * @return a digest that has seen nothing yet
     */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Checks a file's sum.
     *
     * @param file the file
     * @param expected 64 hexadecimal digits
     * @throws Diffusion4jException if the file can't be read or has another sum; the message has both sums
     */
    public static void check(Path file, String expected) {
        String found = of(file);
        if (!found.equalsIgnoreCase(expected)) {
            throw FileFault.in(file, "expected SHA-256 " + expected + ", found " + found);
        }
    }
}
