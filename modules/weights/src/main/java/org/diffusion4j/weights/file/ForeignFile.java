package org.diffusion4j.weights.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Recognises files that were mistaken for another kind: what a failed download leaves, and other programs' formats for
 * weights. This goes by the first bytes, since the name was misleading.
 */
public final class ForeignFile {
    /** How many bytes are read: enough for the mark of a tar archive, and for the name of the first entry of a zip archive. */
    private static final int HEAD = 512;

    /** Kinds of files by their first bytes, in hexadecimal digits. */
    private static final Map<String, String> BINARY = binary();

    /** What {@link #kind} says of a safetensors file. */
    public static final String SAFETENSORS = "a safetensors file";

    private ForeignFile() {}

    private static Map<String, String> binary() {
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put("1f8b", "a gzip archive: unpack it first");
        kinds.put("425a68", "a bzip2 archive: unpack it first");
        kinds.put("fd377a585a00", "an xz archive: unpack it first");
        kinds.put("28b52ffd", "a zstd archive: unpack it first");
        kinds.put("377abcaf271c", "a 7z archive: unpack it first");
        kinds.put("526172211a07", "a RAR archive: unpack it first");
        kinds.put("47475546", "a GGUF file");
        kinds.put("67676d6c", "a GGML file");
        kinds.put("6c6d6767", "a GGML file");
        kinds.put("746a6767", "a GGML file");
        kinds.put("894844460d0a1a0a", "an HDF5 file, as Keras writes them");
        kinds.put("934e554d5059", "a NumPy array (.npy)");
        kinds.put("89504e470d0a1a0a", "a PNG picture");
        kinds.put("ffd8ff", "a JPEG picture");
        kinds.put("255044462d", "a PDF document");
        return kinds;
    }

    /**
     * Looks at a file's first bytes.
     *
     * @param file any file
     * @return what it is, in a few words; empty if nothing is recognised, or it can't be read
     */
    public static Optional<String> kind(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.ofNullable(kind(in.readNBytes(HEAD)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String kind(byte[] head) {
        if (head.length == 0) {
            return "an empty file";
        }
        String digits = HexFormat.of().formatHex(head);
        if (digits.startsWith("504b0304") || digits.startsWith("504b0506")) {
            return zip(head);
        }
        if (head[0] == (byte) 0x80 && head.length > 1 && head[1] >= 2 && head[1] <= 5) {
            return "a Python pickle, as torch.save wrote them before 1.6: " + RENAME;
        }
        for (Map.Entry<String, String> kind : BINARY.entrySet()) {
            if (digits.startsWith(kind.getKey())) {
                return kind.getValue();
            }
        }
        if (digits.matches(".{10}0{6}7b(20)*(22|7d).*")) { // the header's length, of less than 1 TB, and the header
            return SAFETENSORS;
        }
        // An ONNX file is a protobuf message that begins with the format's version, followed by the producer's name or
        // the next field.
        if (digits.matches("080[1-9a-f](12|1a|22|28|32|3a|42).*")) {
            return "an ONNX model";
        }
        if (new String(head, StandardCharsets.ISO_8859_1).startsWith("TFL3", 4)) {
            return "a TensorFlow Lite model";
        }
        if (head.length > 262 && new String(head, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
            return "a tar archive: unpack it first";
        }
        if (digits.chars().allMatch(digit -> digit == '0')) {
            return "zeros, as a download that was broken off leaves them";
        }
        return text(head);
    }

    /** Where a file's name says that it is another kind. */
    private static final String RENAME = "if it holds tensors, it is read under a name that ends in .bin or .ckpt";

    /** The kind of a zip archive, which its first entry tells. */
    private static String zip(byte[] head) {
        int nameLength = head.length < 30 ? 0 : (head[26] & 0xff) | (head[27] & 0xff) << 8;
        String name = nameLength == 0
                ? ""
                : new String(head, 30, Math.min(nameLength, head.length - 30), StandardCharsets.UTF_8);
        if (name.endsWith(".npy")) {
            return "NumPy arrays (.npz)";
        }
        // torch.save writes data.pkl first, TorchScript writes its code or version first, each inside a folder.
        boolean torch = name.matches("[^/]+/(data\\.pkl|constants\\.pkl|version|byteorder|\\.format_version|code/.*)");
        return torch ? "a zip archive of Python pickles, as torch.save writes them: " + RENAME : "a zip archive";
    }

    private static String text(byte[] head) {
        String text =
                new String(head, StandardCharsets.UTF_8).replace("\ufeff", "").strip();
        String lower = text.toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return "a Git LFS pointer in the file's place: fetch the file itself with git lfs pull";
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html") || lower.startsWith("<head")) {
            return "a web page (HTML), as a download by a wrong address or without a login leaves it";
        }
        if (lower.startsWith("<?xml") || lower.startsWith("<error")) {
            return "an XML document, " + beginning(text);
        }
        if (text.startsWith("{") || text.startsWith("[")) {
            return "JSON, " + beginning(text);
        }
        boolean plain = !text.isEmpty()
                && text.chars().limit(HEAD / 2).allMatch(c -> c != 0xfffd && (c >= ' ' || Character.isWhitespace(c)));
        return plain ? "a text, " + beginning(text) : null;
    }

    private static String beginning(String text) {
        String line = text.replaceAll("\\s+", " ");
        return "which begins with " + FileFault.quote(line.length() <= 60 ? line : line.substring(0, 60) + "…");
    }
}
