package org.diffusion4j.spark.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
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
import org.diffusion4j.data.FittedPictures;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.spark.Shapes;
import org.diffusion4j.spark.ShelfFileSystem;
import org.diffusion4j.training.evaluate.Evaluation;
import org.diffusion4j.training.evaluate.Evaluator;
import org.diffusion4j.training.evaluate.RealPictures;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

class SparkEvaluationTest {
    private static final int EACH = 40;
    private static final PictureOptions OPTIONS =
            PictureOptions.builder(Shapes.SIZE, Shapes.SIZE).threads(1).build();

    @TempDir
    private static Path folder;

    private static Path drawn;
    private static SparkSession session;
    private static SparkEvaluation spark;
    private static Evaluation expected;

    @BeforeAll
    static void judgeOnOneMachine() throws IOException {
        RealPictures real =
                RealPictures.halves(PictureFolder.open(Shapes.folder(folder.resolve("real"), 30, 1), OPTIONS));
        drawn = Shapes.folder(folder.resolve("drawn"), EACH, 2);
        session = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "3")
                .getOrCreate();
        ShelfFileSystem.register(JavaSparkContext.fromSparkContext(session.sparkContext()));
        // Each evaluator would come to the same classifier.
        Evaluator evaluator = new Evaluator(real);
        spark = new SparkEvaluation(session, real, false, evaluator);
        int each = 3 * Shapes.SIZE * Shapes.SIZE;
        List<Path> files = files();
        float[] values = new float[files.size() * each];
        List<Integer> labels = new ArrayList<>();
        FittedPictures fitted = new FittedPictures(OPTIONS);
        for (int i = 0; i < files.size(); i++) {
            fitted.read("", Files.readAllBytes(files.get(i)), values, i * each);
            labels.add(label(files.get(i)));
        }
        expected = evaluator.evaluate(
                Nd4j.create(values, new long[] {files.size(), 3, Shapes.SIZE, Shapes.SIZE}, 'c'), labels);
    }

    @AfterAll
    static void end() {
        spark.close();
        session.stop();
    }

    /** In the order of their names. */
    private static List<Path> files() throws IOException {
        try (var all = Files.walk(drawn)) {
            return all.filter(Files::isRegularFile)
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
        }
    }

    private static int label(Path file) {
        return Shapes.CLASSES.indexOf(file.getParent().getFileName().toString());
    }

    /** Rounding of the features, if other pictures are looked at together, is all that may differ. */
    private static void assertNear(Evaluation found) {
        Evaluation.Figures wanted = expected.generated();
        Evaluation.Figures figures = found.generated();
        assertEquals(expected.heldOut(), found.heldOut());
        assertEquals(wanted.accuracy(), figures.accuracy());
        assertEquals(wanted.predicted(), figures.predicted());
        assertEquals(wanted.frechetDistance(), figures.frechetDistance(), 1e-5 * wanted.frechetDistance());
        double kernel = wanted.kernelDistance().deviation()
                + Math.abs(wanted.kernelDistance().mean());
        assertEquals(wanted.kernelDistance().mean(), figures.kernelDistance().mean(), 1e-5 * kernel);
    }

    @Test
    void aFoldersFiguresAreThoseOfOneMachine() {
        assertTrue(expected.generated().accuracy() > 0.6, expected.toString());
        assertEquals(3 * EACH, expected.images());
        assertEquals(expected, spark.evaluate("shelf:" + drawn));
        assertEquals(expected, spark.evaluate(drawn.toString()));
    }

    private static Dataset<Row> rows() throws IOException {
        StructType schema = new StructType()
                .add("index", DataTypes.IntegerType)
                .add("label", DataTypes.IntegerType)
                .add("png", DataTypes.BinaryType);
        List<Row> rows = new ArrayList<>();
        for (Path file : files()) {
            rows.add(RowFactory.create(rows.size(), label(file), Files.readAllBytes(file)));
        }
        Collections.shuffle(rows, new Random(4));
        return session.createDataFrame(rows, schema);
    }

    @Test
    void aDataSetsFiguresAreThoseOfOneMachineForAnyNumberOfPartitions() throws IOException {
        Dataset<Row> rows = rows();
        assertEquals(expected, spark.evaluate(rows.repartition(1)));
        assertEquals(expected, spark.evaluate(rows.repartition(7)));
    }

    @Tag("both")
    @Test
    void parquetIsADataSet() throws IOException {
        Path parquet = folder.resolve("parquet");
        rows().write().parquet(parquet.toString());
        assertEquals(expected, spark.evaluate(parquet.toString()));
    }

    @Test
    void shardsGiveTheFiguresOfOneMachine() throws IOException {
        Path shards = Files.createDirectories(folder.resolve("shards"));
        List<Path> files = files();
        for (int shard = 0; shard < 3; shard++) {
            try (OutputStream out = Files.newOutputStream(shards.resolve("shard-" + shard + ".tar"));
                    TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
                for (int i = shard * EACH; i < (shard + 1) * EACH; i++) {
                    String key = String.format(Locale.ROOT, "%06d", i);
                    add(tar, key + ".cls", ("" + label(files.get(i))).getBytes(StandardCharsets.UTF_8));
                    add(tar, key + ".json", new byte[] {'{', '}'});
                    add(tar, key + ".png", Files.readAllBytes(files.get(i)));
                }
            }
        }
        assertNear(spark.evaluate("shelf:" + shards));
        Evaluation one = spark.evaluate(shards.resolve("shard-1.tar").toString());
        assertEquals(EACH, one.images());
        assertEquals(EACH, one.heldOutImages());
        assertEquals(45, expected.heldOutImages());
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    @Test
    void picturesWithoutClassesHaveNoAccuracy() {
        assertNull(spark.evaluate(drawn.resolve("row").toString()).generated().accuracy());
    }

    @Test
    void whatDoesNotGoTogetherIsNamed() throws IOException {
        assertRefused(
                "/nothing: expected a folder or an archive of pictures, found nothing", folder.resolve("nothing"));
        Path other = Shapes.folder(folder.resolve("other"), 2, 1);
        Files.move(other.resolve("row"), other.resolve("wolf"));
        assertRefused("0.png: expected a class of the real pictures, column, row, square or a number", other);
        Path broken = Shapes.folder(folder.resolve("broken"), 2, 1);
        Files.write(broken.resolve("row/1.png"), new byte[] {1, 2, 3});
        assertRefused("/row/1.png: expected a picture, found ", broken);
    }

    private static void assertRefused(String message, Path pictures) {
        Exception e = assertThrows(Exception.class, () -> spark.evaluate(pictures.toString()));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e instanceof Diffusion4jException || e.getMessage().contains(Diffusion4jException.class.getName()));
    }
}
