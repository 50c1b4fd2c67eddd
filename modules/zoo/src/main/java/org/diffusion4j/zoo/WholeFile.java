package org.diffusion4j.zoo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.diffusion4j.Diffusion4jException;

/** Writes a file whole or not at all: beside its place, then by a rename. */
final class WholeFile {
    private WholeFile() {}

    static void write(Path file, byte[] bytes) {
        // Not by createTempFile, whose files nobody else may read.
        Path beside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try {
                Files.write(beside, bytes);
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new Diffusion4jException("%s: expected a place to write to, found %s".formatted(file, e), e);
        }
    }
}
