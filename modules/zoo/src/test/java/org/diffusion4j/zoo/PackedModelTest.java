package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.common.resources.DL4JResources;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedModelTest {
    @TempDir
    private Path zoo;

    @BeforeEach
    void keepTheZooHere() {
        DL4JResources.setBaseDirectory(zoo.toFile());
    }

    @AfterEach
    void keepItWhereItWas() {
        DL4JResources.resetBaseDirectoryLocation();
    }

    @Test
    void whatIsMissingOrDamagedIsCopiedAgainAndNothingIsLeftBeside() throws IOException {
        Path folder = PackedModel.folder("ddpm-mnist");
        Path config = folder.resolve("unet/config.json");
        byte[] whole = Files.readAllBytes(config);
        List<Path> files = files(folder);
        Files.writeString(config, "half");
        Files.delete(folder.resolve("model_index.json"));
        // What a killed program leaves of its copy.
        Files.writeString(folder.resolve("unet/.config.json.0.tmp"), "{", StandardCharsets.UTF_8);
        assertEquals(folder, PackedModel.folder("ddpm-mnist"));
        assertArrayEquals(whole, Files.readAllBytes(config));
        assertEquals(files, files(folder));
        assertEquals(10, DiffusersFolder.read(folder).settings().classNames().size());
    }

    @Test
    void aFileInTheFoldersPlaceIsNamed() throws IOException {
        Path inTheWay = Files.createDirectories(PackedModel.folder("ddpm-mnist").getParent())
                .resolve("ddpm-cifar10-small");
        Files.writeString(inTheWay, "");
        String message = assertThrows(Diffusion4jException.class, () -> PackedModel.folder("ddpm-cifar10-small"))
                .getMessage();
        assertTrue(message.startsWith(inTheWay.toString()) && message.contains("expected a folder, found"), message);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.sorted().toList();
        }
    }
}
