package org.diffusion4j.data;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Recognises files that have the name of a picture or an archive but are something else. */
final class OtherFormat {
    private static final int HEAD_BYTES = 512;

    /** Kinds of files by their first bytes, one character per byte. */
    private static final Map<String, String> BEGINNINGS = beginnings();

    /** Kinds of files by the brand that follows the type of the first box. */
    private static final Map<String, String> BRANDS = Map.of(
            "avif",
            "an AVIF picture",
            "avis",
            "an AVIF picture",
            "heic",
            "a HEIC picture",
            "heix",
            "a HEIC picture",
            "mif1",
            "a HEIF picture",
            "msf1",
            "a HEIF picture",
            "hevc",
            "a HEIC picture",
            "crx ",
            "a raw photo");

    private OtherFormat() {}

    private static Map<String, String> beginnings() {
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put("II*\0", "a TIFF picture, or a raw photo");
        kinds.put("MM\0*", "a TIFF picture, or a raw photo");
        kinds.put("\0\0\0\fjP  ", "a JPEG 2000 picture");
        kinds.put("\u00FFO\u00FFQ", "a JPEG 2000 picture");
        kinds.put("\0\0\0\fJXL ", "a JPEG XL picture");
        kinds.put("\u00FF\n", "a JPEG XL picture");
        kinds.put("8BPS", "a Photoshop file");
        kinds.put("%PDF-", "a PDF document");
        kinds.put("BZh", "a bzip2 archive");
        kinds.put("\u00FD7zXZ\0", "an xz archive");
        kinds.put("(\u00B5/\u00FD", "a zstd archive");
        kinds.put("7z\u00BC\u00AF'\u001C", "a 7z archive");
        kinds.put("Rar!\u001A\7", "a RAR archive");
        kinds.put("PK\3\4", "a zip archive");
        kinds.put("\u001F\u008B", "a gzip archive");
        kinds.put(
                "version https://git-lfs",
                "a Git LFS pointer in the file's place: fetch the file itself with git lfs pull");
        return kinds;
    }

    /** @return what kind of file begins like this, in a few words; empty if none is recognised */
    static Optional<String> of(byte[] file) {
        String head = new String(file, 0, Math.min(file.length, HEAD_BYTES), StandardCharsets.ISO_8859_1);
        if (head.startsWith("ftyp", 4) && head.length() >= 12) {
            return Optional.of(BRANDS.getOrDefault(head.substring(8, 12), "a film, or a picture of its family"));
        }
        for (Map.Entry<String, String> kind : BEGINNINGS.entrySet()) {
            if (head.startsWith(kind.getKey())) {
                return Optional.of(kind.getValue());
            }
        }
        String text = (head.startsWith("\u00EF\u00BB\u00BF") ? head.substring(3) : head)
                .strip()
                .toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head")) {
            return Optional.of("a web page (HTML), as a download by a wrong address or without a login leaves it");
        } else if (text.startsWith("<svg") || (text.startsWith("<?xml") && text.contains("<svg"))) {
            return Optional.of("an SVG drawing");
        } else if (text.startsWith("<?xml")) {
            return Optional.of("an XML document");
        }
        return Optional.empty();
    }
}
