package org.diffusion4j.weights.diffusers;

import java.io.IOException;
import java.nio.file.Path;

/** Fills a folder with files. */
@FunctionalInterface
public interface FolderContent {
    /**
     * Writes all files.
     *
     * @param folder an empty folder
     * @throws IOException if a file can't be written
     */
    void writeTo(Path folder) throws IOException;
}
