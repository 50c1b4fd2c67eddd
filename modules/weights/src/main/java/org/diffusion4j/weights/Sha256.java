package org.diffusion4j.weights;

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

/** The SHA-256 sum of a file, by which a downloaded or unpacked one is known to be whole. */
public final class Sha256 {
    private Sha256() {}

    /**
     * Computes a file's sum.
     *
     * @param file the file
     * @return 64 hexadecimal digits, in lower case
     * @throws Diffusion4jException where the file can't be read
     */
    public static String of(Path file) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        try (InputStream bytes = new DigestInputStream(Files.newInputStream(file), digest)) {
            bytes.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw FileFault.from(file, "compute its SHA-256", e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Checks a file's sum.
     *
     * @param file the file
     * @param expected 64 hexadecimal digits
     * @throws Diffusion4jException where the file can't be read or has another sum; the message has both
     */
    public static void check(Path file, String expected) {
        String found = of(file);
        if (!found.equalsIgnoreCase(expected)) {
            throw FileFault.in(file, "expected SHA-256 " + expected + ", found " + found);
        }
    }
}
