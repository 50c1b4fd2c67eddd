package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures of every form, by what Pillow makes of them. */
class PillowPicturesTest {
    private static final String EXPECTED = ".expected.png";

    private static Path folder() throws URISyntaxException {
        return Path.of(PillowPicturesTest.class.getResource("/pillow/README.md").toURI())
                .getParent();
    }

    static List<String> pictures() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(EXPECTED) && !name.endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void isReadAsPillowReadsIt(String name) throws Exception {
        Picture picture = new PictureDecoder(3, 0xFFFFFF, 1 << 20).decode(Files.readAllBytes(folder().resolve(name)));
        BufferedImage expected = ImageIO.read(folder().resolve(name + EXPECTED).toFile());
        assertEquals(expected.getWidth() + "x" + expected.getHeight(), picture.width() + "x" + picture.height());
        for (int i = 0; i < picture.width() * picture.height(); i++) {
            int rgb = expected.getRGB(i % picture.width(), i / picture.width());
            for (int c = 0; c < 3; c++) {
                // Java's libjpeg is not Pillow's: its rounding differs here and there.
                assertEquals(rgb >> (16 - 8 * c) & 255, picture.data()[3 * i + c] & 255, 2, name + ", pixel " + i);
            }
        }
    }

    @Test
    void allAreThere() throws Exception {
        assertTrue(pictures().size() > 80, "found " + pictures().size());
    }

    /** Nothing is written on the way to the pixels. */
    @Test
    void aMissingTemporaryFolderDoesNotMatter(@TempDir Path scratch) throws Exception {
        Path copies = Files.createDirectory(scratch.resolve("pictures"));
        for (String name : pictures()) {
            Files.copy(folder().resolve(name), copies.resolve(name));
        }
        Path executable = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(
                        executable.toString(),
                        "-Djava.io.tmpdir=" + scratch.resolve("missing"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        PillowPicturesTest.class.getName(),
                        copies.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("pictures: " + pictures().size()), said);
    }

    /** Reads a folder, in a JVM of its own. */
    public static void main(String[] args) {
        PictureOptions options = PictureOptions.builder(8, 8).brokenShare(0).build();
        System.out.println(
                "pictures: " + PictureFolder.open(Path.of(args[0]), options).size());
    }
}
