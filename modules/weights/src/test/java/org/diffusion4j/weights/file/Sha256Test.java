package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
    /** The example of FIPS 180-2, appendix B.1. */
    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    Path folder;

    @Test
    void givesTheStandardsExample() throws IOException {
        Path file = Files.writeString(folder.resolve("abc"), "abc");
        assertEquals(OF_ABC, Sha256.of(file));
        Sha256.check(file, OF_ABC);
    }

    @Test
    void tellsBothSumsWhereTheyDiffer() throws IOException {
        Path file = Files.writeString(folder.resolve("abd"), "abd");
        String message = assertThrows(Diffusion4jException.class, () -> Sha256.check(file, OF_ABC))
                .getMessage();
        assertEquals(file + ": expected SHA-256 " + OF_ABC + ", found " + Sha256.of(file), message);
    }
}
