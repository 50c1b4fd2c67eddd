package org.diffusion4j.hub;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** A file of one repository as a proper hub serves it, for tests whose servers do some of it otherwise. */
final class ServedFile {
    static final String REPOSITORY = "someone/model";
    static final String NAME = "unet/weights.safetensors";
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private static final Patience LITTLE =
            new Patience(4, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1));

    final byte[] bytes;
    final String etag;

    ServedFile(int size, long seed) {
        bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        etag = sha256(bytes);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The facts, as an answer to HEAD has them. */
    void facts(OutputStream out) throws IOException {
        RawHub.head(out, 200, "X-Repo-Commit: " + COMMIT, "ETag: \"" + etag + "\"", "Content-Length: " + bytes.length);
    }

    /** The bytes from where they were asked for. */
    void content(RawHub.Request request, OutputStream out) throws IOException {
        contentHead(request.from(), out);
        out.write(bytes, request.from(), bytes.length - request.from());
    }

    void contentHead(int from, OutputStream out) throws IOException {
        String length = "Content-Length: " + (bytes.length - from);
        if (from == 0) {
            RawHub.head(out, 200, length);
        } else {
            RawHub.head(
                    out, 206, length, "Content-Range: bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
    }

    void answer(RawHub.Request request, OutputStream out) throws IOException {
        if (request.method().equals("HEAD")) {
            facts(out);
        } else {
            content(request, out);
        }
    }

    static HubSettings settings(RawHub hub, Path cache) {
        return new HubSettings(
                cache,
                hub.at("127.0.0.1"),
                Optional.of(new HubToken("hf_secret")),
                false,
                true,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                LITTLE);
    }

    /** Fetches it. */
    static Path fetch(RawHub hub, Path cache) {
        return HubClient.of(settings(hub, cache)).file(REPOSITORY, "main", NAME);
    }

    boolean is(Path file) throws IOException {
        return Arrays.equals(bytes, Files.readAllBytes(file));
    }

    /** What is in the cache under the name of a content. */
    static List<Path> contents(Path cache) throws IOException {
        Path blobs = new RepositoryFolder(cache, REPOSITORY).folder().resolve("blobs");
        if (!Files.isDirectory(blobs)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(blobs)) {
            return paths.filter(path -> !path.toString().endsWith(RepositoryFolder.PARTIAL))
                    .toList();
        }
    }

    /** Where the part that was fetched before a cut lies. */
    Path partial(Path cache) {
        return new RepositoryFolder(cache, REPOSITORY).partial(new Etag(etag));
    }
}
