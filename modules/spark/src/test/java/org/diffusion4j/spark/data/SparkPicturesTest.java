package org.diffusion4j.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.spark.Shapes;
import org.diffusion4j.spark.ShelfFileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkPicturesTest {
    private static final PictureOptions OPTIONS = PictureOptions.builder(6, 6)
            .crop(PictureOptions.Crop.RANDOM)
            .flip(true)
            .threads(1)
            .build();

    @TempDir
    private static Path folder;

    private static Path pets;
    private static SparkSession session;
    private static JavaSparkContext spark;

    @BeforeAll
    static void begin() throws IOException {
        pets = Shapes.folder(folder.resolve("pets"), 4, 5);
        session = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
        spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        ShelfFileSystem.register(spark);
    }

    @AfterAll
    static void end() {
        spark.close();
    }

    /** What two batches have, and the description. */
    private static String seen(PictureSource pictures) {
        StringBuilder seen = new StringBuilder(pictures.description() + " " + pictures.classNames());
        try (BatchStream batches = pictures.batches(5, 3, 1)) {
            for (int i = 0; i < 2; i++) {
                PictureBatch batch = batches.next();
                seen.append(batch.names())
                        .append(batch.labels())
                        .append(Arrays.hashCode(batch.sample().data().asFloat()));
            }
        }
        return seen.toString();
    }

    private static void assertOneMachines(Path expected, PictureOptions options, PictureOpener opener) {
        String local = seen(PictureFolder.open(expected, options));
        assertEquals(
                Set.of(local),
                Set.copyOf(spark.parallelize(List.of(1, 2, 3), 3)
                        .map(task -> seen(opener.open()))
                        .collect()));
    }

    @Test
    void aFolderOnAnyFileSystemGivesOneMachinesBatches() {
        assertOneMachines(pets, OPTIONS, HadoopPictures.opener(spark, pets.toString(), OPTIONS));
        assertOneMachines(
                pets, OPTIONS, HadoopPictures.opener(spark, pets.toUri().toString(), OPTIONS));
        assertOneMachines(pets, OPTIONS, HadoopPictures.opener(spark, "shelf:" + pets, OPTIONS));
    }

    @Test
    void anArchiveOnAnotherFileSystemGivesOneMachinesBatches() throws IOException {
        Path archive = folder.resolve("pets.tar");
        try (OutputStream file = Files.newOutputStream(archive);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(file);
                Stream<Path> all = Files.walk(pets)) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                TarArchiveEntry entry = new TarArchiveEntry("pets/" + pets.relativize(each));
                entry.setSize(Files.size(each));
                tar.putArchiveEntry(entry);
                tar.write(Files.readAllBytes(each));
                tar.closeArchiveEntry();
            }
        }
        assertOneMachines(archive, OPTIONS, HadoopPictures.opener(spark, "shelf:" + archive, OPTIONS));
        Files.write(archive, Arrays.copyOf(Files.readAllBytes(archive), 2000));
        PictureOpener cut = HadoopPictures.opener(spark, "shelf:" + archive, OPTIONS);
        assertTrue(message(cut).startsWith("shelf:" + archive + ": expected a whole archive"), message(cut));
    }

    private static String message(PictureOpener opener) {
        return assertThrows(Diffusion4jException.class, opener::open).getMessage();
    }

    @Test
    void openersShareWhatIsOpenInAProcess() {
        PictureOpener opener = HadoopPictures.opener(spark, "shelf:" + pets, OPTIONS);
        PictureSource open = opener.open();
        assertSame(open, opener.open());
    }

    @Test
    void whatIsMissingChangedOrBrokenIsNamed() throws IOException {
        String nothing = assertThrows(
                        Diffusion4jException.class, () -> HadoopPictures.opener(spark, "shelf:/no/pets", OPTIONS))
                .getMessage();
        assertEquals("shelf:/no/pets: expected a folder or an archive of pictures, found nothing", nothing);

        Path changing = Shapes.folder(folder.resolve("changing"), 1, 1);
        PictureOpener before = HadoopPictures.opener(spark, "shelf:" + changing, OPTIONS);
        Files.write(changing.resolve("row/1.png"), new byte[] {1, 2, 3});
        assertTrue(
                message(before)
                        .matches("shelf:.*/changing: expected what the driver saw, 3 files of .* found 4 files.*"),
                message(before));

        String broken = message(HadoopPictures.opener(spark, "shelf:" + changing, OPTIONS));
        assertTrue(broken.startsWith("shelf:" + changing + ": expected at most 1.000 % broken"), broken);
        assertTrue(broken.contains("row/1.png: "), broken);
        assertFalse(broken.contains("\n"), broken);
    }

    @Test
    void aTransformMustBeOneThatCanBeSent() {
        PictureOptions options = PictureOptions.builder(6, 6)
                .transform(random -> {
                    throw new AssertionError();
                })
                .build();
        String message = assertThrows(
                        IllegalArgumentException.class, () -> HadoopPictures.opener(spark, pets.toString(), options))
                .getMessage();
        assertTrue(message.startsWith("pictures, option transform: expected one that is Serializable"), message);
    }

    private static Dataset<Row> read(String format) {
        return session.read()
                .format(format)
                .option("recursiveFileLookup", "true")
                .load(pets.toString());
    }

    @Tag("both")
    @Test
    void aDataSetOfFilesGivesOneMachinesBatches() {
        assertOneMachines(pets, OPTIONS, DatasetPictures.opener(read("binaryFile"), OPTIONS));
        assertOneMachines(
                pets, OPTIONS, DatasetPictures.opener(read("binaryFile").repartition(5), pets.toString(), OPTIONS));
    }

    @Tag("both")
    @Test
    void aDataSetOfPixelsGivesOneMachinesBatches() throws IOException {
        StructType schema = new StructType()
                .add(
                        "image",
                        new StructType()
                                .add("origin", DataTypes.StringType)
                                .add("height", DataTypes.IntegerType)
                                .add("width", DataTypes.IntegerType)
                                .add("nChannels", DataTypes.IntegerType)
                                .add("mode", DataTypes.IntegerType)
                                .add("data", DataTypes.BinaryType));
        List<Row> rows = new ArrayList<>();
        try (Stream<Path> all = Files.walk(pets)) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                BufferedImage picture = ImageIO.read(each.toFile());
                byte[] data = new byte[3 * Shapes.SIZE * Shapes.SIZE];
                for (int i = 0; i < data.length / 3; i++) {
                    int rgb = picture.getRGB(i % Shapes.SIZE, i / Shapes.SIZE);
                    data[3 * i] = (byte) rgb;
                    data[3 * i + 1] = (byte) (rgb >> 8);
                    data[3 * i + 2] = (byte) (rgb >> 16);
                }
                rows.add(RowFactory.create(
                        RowFactory.create(each.toUri().toString(), Shapes.SIZE, Shapes.SIZE, 3, 16, data)));
            }
        }
        assertOneMachines(pets, OPTIONS, DatasetPictures.opener(session.createDataFrame(rows, schema), OPTIONS));
    }

    @Test
    void aDataSetOfNumbersIsNamedLikeSampledPicturesAndItsLabelsAreClasses() throws IOException {
        Path numbered = Files.createDirectories(folder.resolve("numbered"));
        StringBuilder metadata = new StringBuilder();
        StructType schema = new StructType()
                .add("index", DataTypes.IntegerType)
                .add("label", DataTypes.IntegerType)
                .add("png", DataTypes.BinaryType);
        List<Row> rows = new ArrayList<>();
        for (int i = 11; i >= 0; i--) {
            byte[] file = Files.readAllBytes(pets.resolve(Shapes.CLASSES.get(i % 3) + "/" + i / 3 + ".png"));
            rows.add(RowFactory.create(i, i % 3, file));
            String name = String.format(Locale.ROOT, "%06d.png", i);
            Files.write(numbered.resolve(name), file);
            metadata.append("{\"file_name\": \"" + name + "\", \"label\": \"" + i % 3 + "\"}\n");
        }
        Files.writeString(numbered.resolve("metadata.jsonl"), metadata);
        assertOneMachines(numbered, OPTIONS, DatasetPictures.opener(session.createDataFrame(rows, schema), OPTIONS));
    }

    @Test
    void aDataSetWithoutPicturesOrNamesIsRefused() {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> DatasetPictures.opener(read("binaryFile").drop("content"), OPTIONS))
                .getMessage();
        assertTrue(message.startsWith("data set: expected a column content or png"), message);
        message = assertThrows(
                        Diffusion4jException.class,
                        () -> DatasetPictures.opener(read("binaryFile").drop("path"), OPTIONS))
                .getMessage();
        assertTrue(message.startsWith("data set: expected a column path, name or index"), message);
        message = assertThrows(
                        Diffusion4jException.class,
                        () -> DatasetPictures.opener(
                                read("binaryFile"), pets.resolve("row").toString(), OPTIONS))
                .getMessage();
        assertTrue(message.startsWith("data set: expected pictures in " + pets + "/row/, found "), message);
    }
}
