package org.diffusion4j.data;

/**
 * A line of an archive's directory.
 *
 * @param target what a link leads to; else null
 */
record ArchiveEntry(StoredName name, Kind kind, StoredName target) {
    /** What it is. */
    enum Kind {
        FILE,
        FOLDER,
        /** To an entry, from the archive's root. */
        HARD_LINK,
        /** To a path, from the link's folder. */
        SYMBOLIC_LINK,
        /** A device, a pipe: nothing with bytes of its own. */
        OTHER
    }

    /**
     * A name's bytes.
     *
     * @param utf8 whether the archive says that they are UTF-8
     */
    record StoredName(byte[] bytes, boolean utf8) {}
}
