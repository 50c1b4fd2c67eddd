package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureStoreTest {
    private static final PictureOptions OPTIONS =
            PictureOptions.builder(4, 4).threads(2).build();

    @TempDir
    private Path folder;

    @BeforeEach
    void writePictures() throws IOException {
        int value = 0;
        for (String name : List.of("test/a/0.png", "train/b/1.png", "train/a/2.png", "train/a/\u00e9.png")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            BufferedImage picture = new BufferedImage(6, 5, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 30; i++) {
                picture.setRGB(i % 6, i / 6, value++ * 0x30705);
            }
            ImageIO.write(picture, "png", file.toFile());
        }
    }

    /** The folder's files, as if they were elsewhere. */
    private record Elsewhere(Path folder, List<String> names) implements PictureStore {
        @Override
        public String place() {
            return "elsewhere:/pets";
        }

        @Override
        public InputStream open(String name) throws IOException {
            return Files.newInputStream(folder.resolve(name));
        }
    }

    private Elsewhere elsewhere() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return new Elsewhere(
                    folder,
                    files.filter(Files::isRegularFile)
                            .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                            .toList());
        }
    }

    @Test
    void aStoreIsReadLikeAFolderWithItsFiles() throws IOException {
        PictureFolder local = PictureFolder.open(folder, OPTIONS);
        PictureFolder stored = PictureFolder.open(elsewhere(), OPTIONS);
        assertEquals(3, stored.size());
        assertEquals(List.of("a", "b"), stored.classNames());
        assertEquals(local.description(), stored.description());
        try (BatchStream expected = local.batches(2, 7, 0);
                BatchStream found = stored.batches(2, 7, 0)) {
            for (int i = 0; i < 4; i++) {
                PictureBatch one = expected.next();
                PictureBatch other = found.next();
                assertEquals(one.names(), other.names());
                assertEquals(one.labels(), other.labels());
                assertEquals(one.sample(), other.sample());
            }
        }
    }

    @Test
    void aListingHasTheNamesAndLabelsOfAFolder() throws IOException {
        PictureListing listing = PictureListing.of(elsewhere(), OPTIONS);
        assertEquals(List.of("a", "b"), listing.classNames());
        assertEquals(
                List.of(
                        new PictureListing.Entry("train/a/2.png", 0),
                        new PictureListing.Entry("train/a/\u00e9.png", 0),
                        new PictureListing.Entry("train/b/1.png", 1)),
                listing.entries());
    }

    @Test
    void aPictureThatComesAloneHasTheValuesOfAFolders() throws IOException {
        float[] values = new float[2 + 3 * 4 * 4];
        FittedPictures.Size size =
                new FittedPictures(OPTIONS).read("2", Files.readAllBytes(folder.resolve("train/a/2.png")), values, 2);
        assertEquals("6x5", size.toString());
        float[] expected = new float[values.length];
        try (BatchStream batches = PictureFolder.open(elsewhere(), OPTIONS).batches(3, 0, 0)) {
            PictureBatch batch = batches.next();
            int row = batch.names().indexOf("train/a/2.png");
            System.arraycopy(batch.sample().slice(row).dup('c').data().asFloat(), 0, expected, 2, 48);
        }
        assertArrayEquals(expected, values);
    }

    @Test
    void theMessageNamesThePlaceAndTheBrokenPicture() throws IOException {
        Files.write(folder.resolve("train/b/1.png"), new byte[] {1, 2, 3});
        Elsewhere elsewhere = elsewhere();
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> PictureFolder.open(elsewhere, OPTIONS));
        assertTrue(e.getMessage().startsWith("elsewhere:/pets: "), e.getMessage());
        assertTrue(e.getMessage().contains("train/b/1.png"), e.getMessage());
        e = assertThrows(Diffusion4jException.class, () -> new FittedPictures(OPTIONS)
                .read("one", new byte[] {1, 2, 3}, new float[48], 0));
        assertTrue(e.getMessage().startsWith("one: expected a picture, found "), e.getMessage());
    }
}
