package org.diffusion4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.diffusion4j.hub.HubException.Reason;

/**
 * A file's etag: the SHA-256 of a large file, or git's SHA-1 of a small one. It is the name of the file's content in the cache,
 * and tells whether all of it arrived.
 *
 * @param digits 64 or 40 hexadecimal digits
 */
record Etag(String digits) {
    private static final Pattern SUM = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{40}");

    private static final int BUFFER = 1 << 20;

    /**
     * Reads a header.
     *
     * @param header {@code "…"} or {@code W/"…"}
     * @throws HubException if it isn't a sum: then it couldn't be checked, or might be a path
     */
    static Etag of(String header, String where) {
        String digits = header.replaceFirst("^W/", "").replaceAll("^\"|\"$", "");
        if (!SUM.matcher(digits).matches()) {
            throw new HubException(
                    Reason.UNUSABLE_ANSWER,
                    where + ": expected a SHA-256 or SHA-1 as its etag, found '" + digits + "'");
        }
        return new Etag(digits);
    }

    /** Whether it is the sum of a file's bytes. */
    boolean isOf(Path file) throws IOException {
        MessageDigest digest = digest(digits.length() == 64 ? "SHA-256" : "SHA-1");
        if (digits.length() == 40) {
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        try (InputStream bytes = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest()).equals(digits);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }
}
