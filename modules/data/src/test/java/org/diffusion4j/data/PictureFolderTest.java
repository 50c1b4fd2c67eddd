package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.datavec.image.transform.FlipImageTransform;
import org.datavec.image.transform.PipelineImageTransform;
import org.datavec.image.transform.RandomCropTransform;
import org.datavec.image.transform.WarpImageTransform;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;
import org.diffusion4j.data.PictureOptions.Crop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class PictureFolderTest {
    @TempDir
    Path folder;

    private static PictureOptionsBuilder size(int height, int width) {
        return PictureOptions.builder(height, width).threads(2);
    }

    private static Map<String, byte[]> good() throws IOException {
        Map<String, byte[]> files = Broken.files(Broken.folder());
        files.keySet().removeIf(name -> name.startsWith("bad/"));
        return files;
    }

    private static void assertSameBatch(PictureBatch expected, PictureBatch found) {
        assertEquals(expected.names(), found.names());
        assertArrayEquals(
                expected.sample().data().asFloat(), found.sample().data().asFloat());
        if (expected.labels() != null) {
            assertArrayEquals(expected.labels().toLongVector(), found.labels().toLongVector());
        }
    }

    private static void assertSameBatches(PictureSource expected, PictureSource found) {
        try (BatchStream first = expected.batches(5, 3, 0);
                BatchStream second = found.batches(5, 3, 0)) {
            for (int i = 0; i < 12; i++) {
                assertSameBatch(first.next(), second.next());
            }
        }
    }

    @Test
    void namesWhatIsBrokenAndReadsTheRest() {
        PictureFolder pictures = PictureFolder.open(
                Broken.folder(), size(48, 64).brokenShare(0.3).build());
        assertEquals(27, pictures.size());
        assertEquals(
                List.of(
                        "bad/crc_error.png",
                        "bad/empty.png",
                        "bad/header_only.jpg",
                        "bad/huge_claim.png",
                        "bad/text.png",
                        "bad/truncated.jpg",
                        "bad/truncated.png"),
                pictures.report().broken().stream()
                        .map(PictureReport.Broken::name)
                        .toList());
        assertEquals(
                List.of("alpha", "bad", "cmyk", "depth", "exif", "gif", "good", "names", "size", "webp"),
                pictures.classNames());
        assertEquals(7, pictures.report().perClass().get("good"));
        assertEquals(0, pictures.report().perClass().get("bad"));
        // README.md, Thumbs.db, notes.txt and the hidden picture.
        assertEquals(4, pictures.report().ignored());
        assertTrue(pictures.report().toString().startsWith("27 pictures in 10 classes, 7 broken (bad/crc_error.png: "));
    }

    @Test
    void tooManyBrokenPicturesAreAnErrorThatNamesThem() {
        Diffusion4jException told = assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(Broken.folder(), size(8, 8).build()));
        assertTrue(
                told.getMessage().contains("at most 1.000 % broken pictures (brokenShare), found "), told.getMessage());
        assertTrue(told.getMessage().contains("bad/empty.png: "), told.getMessage());
        assertEquals(1, told.getMessage().lines().count());
    }

    @Test
    void tooManyBrokenPicturesEndTheReading() throws IOException {
        byte[] broken = Broken.file("bad/text.png");
        byte[] good = Broken.file("good/plain.png");
        Map<String, byte[]> few = new TreeMap<>();
        Map<String, byte[]> many = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            few.put(String.format(Locale.ROOT, "%04d.png", i), i == 7 ? broken : good);
            many.put(String.format(Locale.ROOT, "%04d.png", i), broken);
        }
        assertEndsEarly(Broken.zip(folder.resolve("few.zip"), few), 0, 1500, "found 1 in the first 1");
        assertEndsEarly(Broken.zip(folder.resolve("many.zip"), many), 0.001, 1500, " of 3000: 000");
    }

    private static void assertEndsEarly(Path pictures, double share, int before, String told) {
        List<Integer> seen = new ArrayList<>();
        PictureOptions options = size(8, 8)
                .brokenShare(share)
                .progress((done, total) -> seen.add(done))
                .build();
        String message = assertThrows(Diffusion4jException.class, () -> PictureFolder.open(pictures, options))
                .getMessage();
        assertTrue(message.contains(told) && message.length() < 500, message);
        assertTrue(seen.get(seen.size() - 1) < before, "went on to " + seen.get(seen.size() - 1));
    }

    @Test
    void whatHasNoPicturesIsAnError() throws IOException {
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder, size(8, 8).build()));
        Files.writeString(folder.resolve("notes.txt"), "nothing");
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder, size(8, 8).build()));
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder.resolve("absent"), size(8, 8).build()));
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder.resolve("notes.txt"), size(8, 8).build()));
        Files.write(folder.resolve("a.png"), Broken.file("bad/text.png"));
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder, size(8, 8).brokenShare(1).build()));
    }

    @Test
    void valuesAreThePicturesOwnInOneBatchOfChannels() throws IOException {
        Broken.folder(folder, Map.of("a.png", Broken.file("good/plain.png")));
        PictureFolder pictures = PictureFolder.open(folder, size(48, 64).build());
        try (BatchStream batches = pictures.batches(2, 0, 0)) {
            PictureBatch batch = batches.next();
            assertArrayEquals(new long[] {2, 3, 48, 64}, batch.sample().shape());
            assertEquals(DataType.FLOAT, batch.sample().dataType());
            assertNull(batch.labels());
            assertEquals(List.of("a.png", "a.png"), batch.names());
            int[][] corners = {{0, 0, 255, 0, 0}, {63, 0, 255, 0, 96}, {0, 47, 0, 255, 96}, {20, 30, 80, 162, 96}};
            for (int[] corner : corners) {
                for (int c = 0; c < 3; c++) {
                    assertEquals(
                            corner[2 + c] / 127.5f - 1,
                            batch.sample().getFloat(1, c, corner[1], corner[0]),
                            corner[0] == 20 ? 0.0158f : 0);
                }
            }
        }
    }

    @Test
    void eachEpochHasEachPictureOnce() {
        PictureFolder pictures =
                PictureFolder.open(Broken.folder(), size(8, 8).brokenShare(0.3).build());
        List<String> names = new ArrayList<>();
        try (BatchStream batches = pictures.batches(10, 5, 0)) {
            for (int i = 0; i < 27; i++) {
                PictureBatch batch = batches.next();
                names.addAll(batch.names());
                for (int k = 0; k < 10; k++) {
                    String folderName = batch.names().get(k).split("/")[0];
                    assertEquals(
                            folderName, pictures.classNames().get(batch.labels().getInt(k)));
                }
            }
        }
        List<String> first = names.subList(0, 27);
        for (int epoch = 0; epoch < 10; epoch++) {
            List<String> order = names.subList(27 * epoch, 27 * epoch + 27);
            assertEquals(27, new HashSet<>(order).size());
            assertTrue(epoch == 0 || !order.equals(first));
        }
    }

    @Test
    void aRunGoesOnWhereItStopped() {
        PictureOptions options =
                size(24, 24).brokenShare(0.3).crop(Crop.RANDOM).flip(true).build();
        PictureFolder pictures = PictureFolder.open(Broken.folder(), options);
        try (BatchStream whole = pictures.batches(4, 11, 0)) {
            for (int k = 0; k < 20; k++) {
                PictureBatch expected = whole.next();
                try (BatchStream rest = pictures.batches(4, 11, k)) {
                    assertSameBatch(expected, rest.next());
                }
            }
        }
        try (BatchStream one = pictures.batches(27, 11, 0);
                BatchStream other = pictures.batches(27, 12, 0)) {
            assertNotEquals(one.next().names(), other.next().names());
        }
    }

    @Test
    void threadsAndThePlaceOfTheCacheMakeNoDifference() {
        PictureOptionsBuilder options =
                size(24, 24).brokenShare(0.3).crop(Crop.RANDOM).flip(true);
        PictureFolder one =
                PictureFolder.open(Broken.folder(), options.threads(1).build());
        PictureFolder many =
                PictureFolder.open(Broken.folder(), options.threads(7).build());
        PictureFolder file =
                PictureFolder.open(Broken.folder(), options.heapBytes(0).build());
        assertFalse(one.mapped());
        assertTrue(file.mapped());
        assertSameBatches(one, many);
        assertSameBatches(one, file);
    }

    @Test
    void cropsAndFlipsAreDrawnAnewInEachEpoch() throws IOException {
        Broken.folder(folder, Map.of("a.png", Broken.file("good/plain.png")));
        PictureFolder pictures = PictureFolder.open(
                folder, size(48, 48).crop(Crop.RANDOM).flip(true).build());
        TreeSet<Float> lefts = new TreeSet<>();
        int flipped = 0;
        try (BatchStream batches = pictures.batches(400, 1, 0)) {
            PictureBatch batch = batches.next();
            for (int i = 0; i < 400; i++) {
                float left = batch.sample().getFloat(i, 0, 40, 0);
                float right = batch.sample().getFloat(i, 0, 40, 47);
                flipped += left > right ? 1 : 0;
                lefts.add(Math.min(left, right));
            }
        }
        assertEquals(17, lefts.size());
        assertEquals(200, flipped, 60);
    }

    @Test
    void archivesGiveWhatTheirFolderGives() throws IOException {
        Map<String, byte[]> files = good();
        files.put("names/héllo wörld – 数字 ☂.png", Broken.file("good/plain.png"));
        files.put("__MACOSX/good/._plain.png", new byte[] {1});
        Map<String, byte[]> inside = new TreeMap<>();
        files.forEach((name, bytes) -> inside.put("data/train/" + name, bytes));
        inside.put("data/test/good/other.png", Broken.file("good/plain.png"));
        PictureOptions options = size(32, 32).build();
        PictureFolder zip = PictureFolder.open(Broken.zip(folder.resolve("a.zip"), files), options);
        assertEquals(28, zip.size());
        assertSameBatches(zip, PictureFolder.open(Broken.tar(folder.resolve("a.tar"), files), options));
        assertSameBatches(zip, PictureFolder.open(Broken.tar(folder.resolve("a.TAR.GZ"), files), options));
        assertEquals(
                zip.classNames(),
                PictureFolder.open(Broken.tar(folder.resolve("b.tgz"), inside), options)
                        .classNames());
        files.keySet().removeIf(name -> name.startsWith("names/"));
        assertSameBatches(
                PictureFolder.open(Broken.zip(folder.resolve("c.zip"), files), options),
                PictureFolder.open(Broken.folder(folder.resolve("c"), files), options));
    }

    @Test
    void splitsAreChosenByTheirFoldersNames() throws IOException {
        byte[] picture = Broken.file("good/plain.png");
        Broken.folder(
                folder, Map.of("training/cat/1.png", picture, "training/dog/2.png", picture, "val/cat/3.png", picture));
        assertEquals(2, PictureFolder.open(folder, size(8, 8).build()).size());
        PictureFolder validation =
                PictureFolder.open(folder, size(8, 8).split("validation").build());
        assertEquals(1, validation.size());
        assertEquals(List.of(), validation.classNames());
        assertEquals(
                List.of("cat"),
                PictureFolder.open(
                                folder,
                                size(8, 8).split("val").classes(Classes.FOLDERS).build())
                        .classNames());
        assertThrows(
                Diffusion4jException.class,
                () -> PictureFolder.open(folder, size(8, 8).split("test").build()));
        // A train is a class among other things.
        Broken.folder(folder, Map.of("bus/1.png", picture));
        assertEquals(3 + 1, PictureFolder.open(folder, size(8, 8).build()).size());
    }

    @Test
    void hostileArchivesAreAnErrorAndNoMore() throws IOException {
        byte[] picture = Broken.file("good/plain.png");
        Map<String, byte[]> files =
                Map.of("../../../../evil.png", picture, "/etc/x.png", picture, "C:\\y.png", picture);
        PictureOptions options = size(8, 8).build();
        // ".." begins with a dot, so it is hidden.
        assertEquals(
                2,
                PictureFolder.open(Broken.zip(folder.resolve("a.zip"), files), options)
                        .size());
        assertEquals(
                2,
                PictureFolder.open(Broken.tar(folder.resolve("a.tar"), files), options)
                        .size());
        try (var all = Files.walk(folder)) {
            assertEquals(3, all.count());
        }
        Map<String, byte[]> twice = new TreeMap<>(Map.of("x/a.png", picture, "x//a.png", picture));
        Path zip = Broken.zip(folder.resolve("twice.zip"), twice);
        assertTrue(assertThrows(Diffusion4jException.class, () -> PictureFolder.open(zip, options))
                .getMessage()
                .contains("found twice: x/a.png"));
        Random random = new Random(4);
        for (String name : List.of("b.zip", "b.tar", "b.tgz")) {
            Path path = folder.resolve(name);
            byte[] whole =
                    Files.readAllBytes(name.endsWith("zip") ? Broken.zip(path, good()) : Broken.tar(path, good()));
            for (int i = 0; i < 60; i++) {
                Files.write(path, Damage.of(whole, random));
                try {
                    assertTrue(
                            PictureFolder.open(path, size(8, 8).brokenShare(0.9).build())
                                            .size()
                                    > 0);
                } catch (Diffusion4jException e) {
                    assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
                }
            }
            Files.write(path, Arrays.copyOf(whole, whole.length / 2));
            assertThrows(
                    Diffusion4jException.class,
                    () -> PictureFolder.open(path, size(8, 8).build()));
        }
    }

    @Test
    void transformsAreRepeatableAndLeaveTheNoiseAlone() throws IOException {
        Broken.folder(folder, good());
        PictureOptionsBuilder options = size(32, 32)
                .transform(random -> new PipelineImageTransform(
                        random.nextLong(),
                        List.of(
                                new Pair<>(new WarpImageTransform(random, 6), 1.0),
                                new Pair<>(new FlipImageTransform(1), 0.5),
                                new Pair<>(new RandomCropTransform(random.nextLong(), 28, 28), 0.7))));
        Nd4j.getRandom().setSeed(77);
        float[] expected = Nd4j.randn(1, 8).toFloatVector();
        Nd4j.getRandom().setSeed(77);
        PictureFolder one = PictureFolder.open(folder, options.threads(1).build());
        PictureFolder many = PictureFolder.open(folder, options.threads(3).build());
        assertSameBatches(one, many);
        assertArrayEquals(expected, Nd4j.randn(1, 8).toFloatVector());
        PictureFolder plain = PictureFolder.open(folder, size(32, 32).build());
        try (BatchStream changed = one.batches(27, 1, 0);
                BatchStream left = plain.batches(27, 1, 0)) {
            assertFalse(Arrays.equals(
                    changed.next().sample().data().asFloat(),
                    left.next().sample().data().asFloat()));
        }
    }

    @Test
    void aTransformKeepsRedFirst() throws IOException {
        Broken.folder(folder, Map.of("a.png", Broken.file("good/plain.png")));
        PictureFolder mirrored = PictureFolder.open(
                folder,
                size(48, 64).transform(random -> new FlipImageTransform(1)).build());
        try (BatchStream batches = mirrored.batches(1, 1, 0)) {
            PictureBatch batch = batches.next();
            assertEquals(1f, batch.sample().getFloat(0, 0, 0, 63));
            assertEquals(-1f, batch.sample().getFloat(0, 1, 0, 63));
            assertEquals(-1f, batch.sample().getFloat(0, 2, 0, 63));
            assertEquals(-1f, batch.sample().getFloat(0, 0, 47, 63));
        }
    }

    @Test
    void aFailingTransformIsToldWithItsPicture() throws IOException {
        Broken.folder(folder, Map.of("a.png", Broken.file("good/plain.png")));
        PictureFolder pictures = PictureFolder.open(
                folder,
                size(48, 64)
                        .transform(random -> new RandomCropTransform(500, 500))
                        .build());
        try (BatchStream batches = pictures.batches(1, 1, 0)) {
            assertTrue(assertThrows(Diffusion4jException.class, batches::next)
                    .getMessage()
                    .startsWith("a.png: the transform failed"));
            assertThrows(IllegalStateException.class, batches::next);
        }
    }

    @Test
    void progressComesToItsEnd() {
        List<Integer> seen = new ArrayList<>();
        PictureFolder.open(
                Broken.folder(),
                size(8, 8)
                        .brokenShare(0.3)
                        .progress((done, total) -> {
                            assertEquals(34, total);
                            seen.add(done);
                        })
                        .build());
        assertEquals(34, seen.get(seen.size() - 1));
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        assertTrue(assertThrows(Diffusion4jException.class, () -> size(0, 8).build())
                .getMessage()
                .contains("option height"));
        assertThrows(
                Diffusion4jException.class, () -> size(8, 8).brokenShare(1.5).build());
        assertThrows(Diffusion4jException.class, () -> size(8, 8).background(-1).build());
        assertThrows(Diffusion4jException.class, () -> size(8, 8).threads(0).build());
    }
}
