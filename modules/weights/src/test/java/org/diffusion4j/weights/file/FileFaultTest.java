package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFaultTest {
    @TempDir
    Path folder;

    @Test
    void aFolderInAFilesPlaceIsCalledOne() {
        String safetensors = assertThrows(Diffusion4jException.class, () -> SafetensorsReader.open(folder))
                .getMessage();
        assertEquals(folder + ": expected to read a safetensors file, found a folder", safetensors);
        String json = assertThrows(Diffusion4jException.class, () -> JsonFile.read(folder))
                .getMessage();
        assertEquals(folder + ": expected to read JSON, found a folder", json);
    }

    @Test
    void whatTheSystemSaysIsPutIntoWords() {
        Path file = folder.resolve("merges.txt");
        assertEquals(
                file + ": expected to read it, found bytes that aren't UTF-8",
                FileFault.from(file, "read it", new MalformedInputException(1)).getMessage());
        assertEquals(
                file + ": expected to read it, found no permission for " + file,
                FileFault.from(file, "read it", new AccessDeniedException(file.toString()))
                        .getMessage());
        assertEquals(
                folder + ": expected to list it, found IOException: too bad",
                FileFault.ofFolder(folder, "list it", new IOException("too bad"))
                        .getMessage());
    }
}
