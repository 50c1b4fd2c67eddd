package org.diffusion4j.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.diffusion4j.Diffusion4jException;

/** Who knows a key may ask. The time that a look at a key takes doesn't tell how much of it is right. */
public final class Keys {
    /** Everybody may ask. */
    public static final Keys NONE = new Keys(List.of());

    private static final int SHORTEST = 8;

    private final List<byte[]> sums = new ArrayList<>();

    /**
     * Makes a set of keys.
     *
     * @param keys texts, or {@code user:password} for clients that ask for both; none if everybody may ask
     */
    public Keys(List<String> keys) {
        keys.forEach(key -> sums.add(sum(key)));
    }

    /**
     * Reads keys.
     *
     * @param file a key a line; empty lines, and those that begin with {@code #}, are left out
     * @return the keys
     * @throws Diffusion4jException if it can't be read, has no key, or one that is too short
     */
    public static Keys read(Path file) {
        try {
            List<String> keys = Files.readString(file)
                    .lines()
                    .map(String::strip)
                    .filter(Predicate.not(String::isEmpty))
                    .filter(line -> !line.startsWith("#"))
                    .toList();
            if (keys.isEmpty() || keys.stream().anyMatch(key -> key.length() < SHORTEST)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected a key of at least %d characters a line, found %s",
                        file,
                        SHORTEST,
                        keys.isEmpty() ? "none" : "a shorter one"));
            }
            return new Keys(keys);
        } catch (IOException e) {
            throw new Diffusion4jException(file + ": expected a file of keys, found " + e, e);
        }
    }

    /**
     * Whether everybody may ask.
     *
     * @return true if there are no keys
     */
    public boolean isEmpty() {
        return sums.isEmpty();
    }

    /**
     * Whether a client may ask: its key stands in {@code Authorization} as {@code Bearer}, or as the password of {@code Basic}, or in
     * {@code X-API-Key}.
     *
     * @param headers the request's headers
     * @return true if it has a key
     */
    public boolean allow(Call.Headers headers) {
        if (isEmpty()) {
            return true;
        }
        boolean allowed = false;
        for (String given : given(headers)) {
            allowed |= isOne(given);
        }
        return allowed;
    }

    private static List<String> given(Call.Headers headers) {
        List<String> given = new ArrayList<>();
        if (headers.get("X-API-Key") != null) {
            given.add(headers.get("X-API-Key").strip());
        }
        String authorization = headers.get("Authorization");
        String[] parts =
                authorization == null ? new String[0] : authorization.strip().split("\\s+", 2);
        if (parts.length == 2 && parts[0].equalsIgnoreCase("Bearer")) {
            given.add(parts[1]);
        } else if (parts.length == 2 && parts[0].equalsIgnoreCase("Basic")) {
            try {
                String both = new String(Base64.getDecoder().decode(parts[1]), StandardCharsets.UTF_8);
                given.add(both);
                given.add(both.substring(both.indexOf(':') + 1));
            } catch (IllegalArgumentException e) {
                return given; // no key stands there
            }
        }
        return given;
    }

    /** Goes through all keys, and compares sums of one length in constant time. */
    private boolean isOne(String given) {
        byte[] sum = sum(given);
        boolean found = false;
        for (byte[] key : sums) {
            found |= MessageDigest.isEqual(key, sum);
        }
        return found;
    }

    private static byte[] sum(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
