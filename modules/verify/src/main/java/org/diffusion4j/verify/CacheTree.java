package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.diffusion4j.weights.file.Sha256;

/**
 * What lies in the hub's cache: files with their sums, links with their targets, and empty folders. Locks and the cache's own
 * mark are left out, which programs may have or not.
 *
 * @param entries by the path below the cache
 */
record CacheTree(Map<String, String> entries) {
    private static final Pattern LEFT_OUT = Pattern.compile("\\.locks(/.*)?|CACHEDIR\\.TAG");

    private static final String BLOB = ".*/blobs/([0-9a-f]{64}|[0-9a-f]{40})";

    /** Reads the tree that a case expects. */
    static CacheTree of(JsonNode cache) {
        Map<String, String> entries = new TreeMap<>();
        for (JsonNode entry : cache) {
            String path = entry.path("path").asText();
            if (!LEFT_OUT.matcher(path).matches()) {
                entries.put(
                        path,
                        switch (entry.path("type").asText()) {
                            case "file" -> file(entry.path("sha256").asText());
                            case "link" -> link(entry.path("target").asText());
                            default -> "empty folder";
                        });
            }
        }
        return new CacheTree(entries);
    }

    /** Reads the tree that there is. */
    static CacheTree of(Path cache) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(cache)) {
            for (Path path : paths.toList()) {
                String name = cache.relativize(path).toString().replace('\\', '/');
                if (LEFT_OUT.matcher(name).matches() || path.equals(cache)) {
                    continue;
                }
                if (Files.isSymbolicLink(path)) {
                    entries.put(
                            name, link(Files.readSymbolicLink(path).toString().replace('\\', '/')));
                } else if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    entries.put(name, file(Sha256.of(path)));
                } else if (isEmpty(path)) {
                    entries.put(name, "empty folder");
                }
            }
        }
        return new CacheTree(entries);
    }

    private static String file(String sha256) {
        return "file " + sha256;
    }

    private static String link(String target) {
        return "link " + target;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.findAny().isEmpty();
        }
    }

    /** The contents in a case's tree that aren't those of their names: a program that checks them refuses them. */
    static Set<String> damaged(JsonNode cache) {
        Set<String> damaged = new TreeSet<>();
        for (JsonNode entry : cache) {
            String path = entry.path("path").asText();
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (path.matches(BLOB) && !name.equals(sum(entry, name.length()))) {
                damaged.add(path);
            }
        }
        return damaged;
    }

    /** @return the name itself where it can't be told, as the entry lacks the text */
    private static String sum(JsonNode entry, int digits) {
        if (digits == 64) {
            return entry.path("sha256").asText();
        }
        byte[] text = entry.path("text").asText().getBytes(StandardCharsets.UTF_8);
        if (text.length != entry.path("size").asInt()) {
            String path = entry.path("path").asText();
            return path.substring(path.lastIndexOf('/') + 1);
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + text.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** The first entries that differ; empty if the trees are the same. */
    String difference(CacheTree expected) {
        Set<String> all = new TreeSet<>(entries.keySet());
        all.addAll(expected.entries.keySet());
        List<String> differing = all.stream()
                .filter(path -> !String.valueOf(entries.get(path)).equals(String.valueOf(expected.entries.get(path))))
                .limit(3)
                .map(path -> path + ": expected " + expected.entries.get(path) + ", found " + entries.get(path))
                .toList();
        return String.join("; ", differing);
    }

    /** The tree without what a case's tree has of its files and links: what should not be there. */
    Set<String> beyond(CacheTree expected, Set<String> damaged) {
        Set<String> beyond = new TreeSet<>();
        entries.forEach((path, entry) -> {
            boolean isExpected = entry.equals(expected.entries.get(path)) || entry.equals("empty folder");
            if (!isExpected || damaged.contains(path)) {
                beyond.add(path);
            }
        });
        return beyond;
    }
}
