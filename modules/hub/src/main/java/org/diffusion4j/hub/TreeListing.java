package org.diffusion4j.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Which files a commit has. The cache keeps it in {@code trees/COMMIT.json}, in the form in which Python's huggingface_hub
 * writes it.
 */
final class TreeListing {
    private static final JsonMapper JSON = new JsonMapper();

    private static final long MOST_BYTES = 64L << 20;

    private static final int VERSION = 1;

    private static final Pattern XET_SUM = Pattern.compile("[0-9a-fA-F]{64}");

    private TreeListing() {}

    /**
     * Reads the files of one page of the hub's answer; folders are left out.
     *
     * @return whether it was a listing
     */
    static boolean addPage(byte[] page, Consumer<HubFile> files) {
        JsonNode entries;
        try {
            entries = JSON.readTree(page);
        } catch (IOException e) {
            return false;
        }
        if (entries == null || !entries.isArray()) {
            return false;
        }
        for (JsonNode entry : entries) {
            if (entry.path("type").asText().equals("file")) {
                if (!entry.path("path").isTextual() || !isSize(entry.path("size"))) {
                    return false;
                }
                JsonNode large = entry.path("lfs");
                files.accept(new HubFile(
                        entry.path("path").textValue(),
                        isSize(large.path("size"))
                                ? large.path("size").longValue()
                                : entry.path("size").longValue(),
                        text(entry.path("oid")),
                        text(large.path("oid")),
                        text(entry.path("xetHash"))));
            }
        }
        return true;
    }

    /** What a commit's hash is, in the hub's answer about a revision. */
    static Optional<String> commit(byte[] answer) {
        try {
            return text(JSON.readTree(answer).path("sha")).filter(FileFacts::isCommit);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Reads what the cache has; empty if it has none, or none that can be read: then it is asked for again. */
    static Optional<List<HubFile>> read(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
                return Optional.empty();
            }
            JsonNode tree = JSON.readTree(Files.readAllBytes(file));
            if (tree.path("format_version").asInt() != VERSION
                    || !tree.path("files").isObject()) {
                return Optional.empty();
            }
            List<HubFile> files = new ArrayList<>();
            for (Map.Entry<String, JsonNode> entry : tree.path("files").properties()) {
                JsonNode facts = entry.getValue();
                if (!isSize(facts.path("size"))) {
                    return Optional.empty();
                }
                files.add(new HubFile(
                        entry.getKey(),
                        facts.path("size").longValue(),
                        text(facts.path("blob_id")),
                        text(facts.path("lfs_sha256")),
                        text(facts.path("xet_hash"))));
            }
            return isValid(files) ? Optional.of(List.copyOf(files)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw RepositoryFolder.unreadable(file, e);
        }
    }

    /** Whether Python would take it; otherwise it isn't kept. */
    static boolean isValid(Collection<HubFile> files) {
        return files.stream()
                .allMatch(file ->
                        file.xetSum().map(sum -> XET_SUM.matcher(sum).matches()).orElse(true));
    }

    /** As Python's {@code json.dump(…, indent=1)} prints it, by the order of the names' characters. */
    static String print(Collection<HubFile> files) {
        List<String> entries = files.stream()
                .sorted(Comparator.comparing(HubFile::name, TreeListing::compare))
                .map(TreeListing::print)
                .toList();
        String all = entries.isEmpty() ? "{}" : "{\n" + String.join(",\n", entries) + "\n }";
        return "{\n \"format_version\": " + VERSION + ",\n \"files\": " + all + "\n}";
    }

    private static String print(HubFile file) {
        List<String> facts = new ArrayList<>();
        facts.add("\"size\": " + file.size());
        facts.add("\"blob_id\": " + file.gitSum().map(TreeListing::quoted).orElse("null"));
        file.sha256().ifPresent(sum -> {
            facts.add("\"lfs_sha256\": " + quoted(sum));
            facts.add("\"lfs_size\": " + file.size());
        });
        file.xetSum().ifPresent(sum -> facts.add("\"xet_hash\": " + quoted(sum)));
        return "  " + quoted(file.name()) + ": {\n   " + String.join(",\n   ", facts) + "\n  }";
    }

    /** By characters, not by the halves that Java makes of some. */
    private static int compare(String a, String b) {
        int[] first = a.codePoints().toArray();
        int[] second = b.codePoints().toArray();
        return java.util.Arrays.compare(first, second);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                default -> quoted.append(c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
            }
        }
        return quoted.append('"').toString();
    }

    private static boolean isSize(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
    }

    private static Optional<String> text(JsonNode value) {
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }
}
