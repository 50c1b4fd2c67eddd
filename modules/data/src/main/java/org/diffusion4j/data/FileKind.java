package org.diffusion4j.data;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The kind of a file according to its name. */
enum FileKind {
    /** A picture of a format that is read. */
    PICTURE,
    /** A picture of another format. */
    OTHER_PICTURE,
    /** A table about pictures, in a format that is read. */
    METADATA,
    /** A text, which is about a picture if there is one of the same name. */
    CAPTION,
    /** A table about pictures, in another format. */
    OTHER_METADATA,
    /** A file that an operating system keeps next to others and that is of no use here. */
    HOUSEKEEPING,
    /** Anything else. */
    OTHER;

    private static final Set<String> PICTURES =
            Set.of("jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "pjp", "png", "apng", "gif", "bmp", "dib", "webp");
    private static final Set<String> OTHER_PICTURES = Set.of(
            "tif", "tiff", "heic", "heif", "hif", "avif", "avifs", "jxl", "jp2", "j2k", "j2c", "jpc", "jpf", "jpx",
            "jpm", "psd", "psb", "ico", "cur", "icns", "pcx", "dcx", "dds", "tga", "icb", "vda", "vst", "pbm", "pgm",
            "ppm", "pnm", "pam", "pfm", "sgi", "rgb", "rgba", "bw", "ras", "xbm", "xpm", "xcf", "svg", "svgz", "eps",
            "wmf", "emf", "exr", "hdr", "qoi", "bpg", "mpo", "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2",
            "orf", "rw2", "raf", "pef", "srw", "dcm", "fit", "fits", "blp", "jng", "mng");
    private static final Set<String> HOUSEKEEPERS =
            Set.of("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r");
    /** Folders that operating systems make among a user's folders; those that begin with a dot are hidden anyway. */
    private static final Set<String> SYSTEM_FOLDERS = Set.of(
            "__macosx",
            "@eadir",
            "@sharebin",
            "@tmp",
            "@recycle",
            "@recently-snapshot",
            "#recycle",
            "#snapshot",
            "$recycle.bin",
            "recycler",
            "recycled",
            "system volume information",
            "network trash folder",
            "temporary items",
            "thevolumesettingsfolder",
            "lost.dir",
            "lost+found",
            "__pycache__");
    /** The folders that a check of a disk makes. */
    private static final Pattern FOUND = Pattern.compile("found\\.\\d{3}");

    /** @param name a file's name, with or without its folders */
    static FileKind of(String name) {
        String file = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        String suffix = suffix(file);
        if (file.equals("metadata.jsonl") || file.equals("metadata.csv")) {
            return METADATA;
        } else if (PICTURES.contains(suffix)) {
            return PICTURE;
        } else if (OTHER_PICTURES.contains(suffix)) {
            return OTHER_PICTURE;
        } else if (CaptionFiles.isSuffix(suffix)) {
            return CAPTION;
        } else if (file.startsWith("metadata.")) {
            return OTHER_METADATA;
        }
        return HOUSEKEEPERS.contains(file) ? HOUSEKEEPING : OTHER;
    }

    /** The part of a name after the last dot, in lower case; empty if there is no dot. */
    static String suffix(String name) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        int dot = file.lastIndexOf('.');
        return dot < 0 ? "" : file.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /**
     * The part of a path because of which it is left out, as hidden or as a system's folder; null if there is none.
     *
     * @param name a file's path, or a folder's path with a slash at its end
     */
    static String hiddenPart(String name) {
        for (int start = 0, slash = name.indexOf('/'); start < name.length(); slash = name.indexOf('/', start)) {
            int end = slash < 0 ? name.length() : slash;
            if (name.charAt(start) == '.' || (slash >= 0 && ofASystem(name.substring(start, end)))) {
                return name.substring(start, end);
            }
            start = end + 1;
        }
        return null;
    }

    private static boolean ofASystem(String folder) {
        String small = folder.toLowerCase(Locale.ROOT);
        return SYSTEM_FOLDERS.contains(small) || FOUND.matcher(small).matches();
    }

    /** Whether a file of this kind is, or describes, a picture, so that leaving it out must be reported. */
    boolean counts() {
        return this != CAPTION && this != OTHER && this != HOUSEKEEPING;
    }

    /** Whether a file isn't hidden, and is or describes a picture. */
    static boolean counts(String name) {
        return of(name).counts() && hiddenPart(name) == null;
    }

    /** The suffixes of pictures that are read, for a message. */
    static String suffixes() {
        return String.join(", ", new TreeSet<>(PICTURES));
    }
}
