package org.diffusion4j.data;

/**
 * An entry of an archive's directory.
 *
 * @param target the target of a link; null for other entries
 */
record ArchiveEntry(StoredName name, Kind kind, StoredName target) {
    /** The kind of an entry. */
    enum Kind {
        FILE,
        FOLDER,
        /** A link to an entry, whose path begins at the archive's root. */
        HARD_LINK,
        /** A link to a path, which begins at the link's folder. */
        SYMBOLIC_LINK,
        /** A device or a pipe, which has no bytes of its own. */
        OTHER
    }

    /**
     * A name's bytes.
     *
     * @param utf8 whether the archive says that they are UTF-8
     */
    record StoredName(byte[] bytes, boolean utf8) {}
}
