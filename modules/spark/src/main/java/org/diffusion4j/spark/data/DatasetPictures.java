package org.diffusion4j.spark.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;

/**
 * Pictures in a data set of Spark, with the order, the batches and the description that {@link PictureFolder} gives of a folder
 * with the same files. The pictures are in a column {@code content} (of Spark's source {@code binaryFile}) or {@code png} (of a bulk
 * sampling), or in a column {@code image} (of Spark's source of images, which turns JPEGs into pixels by itself: they may differ a
 * little from those read here). Their names come from the column {@code path}, the image's origin, or the columns {@code name} or
 * {@code index}; 7 is called {@code 000007.png}. Columns named like the label and the caption of the options are what these columns
 * are in a folder's metadata.
 *
 * <p>The driver writes them to a temporary archive, which Spark brings to each executor once. It needs the disk for that.
 */
public final class DatasetPictures {
    private DatasetPictures() {}

    /**
     * Gives what opens the pictures in the driver and in every executor.
     *
     * @param pictures one a row, each with another name
     * @param options how they are read, as for {@link HadoopPictures#opener}
     * @return the opener
     * @throws Diffusion4jException if the columns are others, or there is no picture
     * @throws IllegalArgumentException if the options' transform isn't serialisable
     */
    public static PictureOpener opener(Dataset<Row> pictures, PictureOptions options) {
        return opener(pictures, null, options);
    }

    /**
     * Gives what opens the pictures in the driver and in every executor.
     *
     * @param pictures one a row, each with another name
     * @param root the folder to which names are relative, as it stands in the paths or without its scheme; null for the deepest
     *     that all have in common
     * @param options how they are read, as for {@link HadoopPictures#opener}
     * @return the opener
     * @throws Diffusion4jException if the columns are others, or there is no picture
     * @throws IllegalArgumentException if the options' transform isn't serialisable
     */
    public static PictureOpener opener(Dataset<Row> pictures, String root, PictureOptions options) {
        SentOptions sent = SentOptions.of(options);
        ImageColumn column = ImageColumn.of(pictures.schema());
        List<String> columns = Arrays.asList(pictures.schema().fieldNames());
        String folder = root == null
                ? commonFolder(names(pictures, column))
                : path(root).replaceFirst("/*$", "/");
        String id = "diffusion4j-pictures-" + UUID.randomUUID();
        try {
            java.nio.file.Path temporary = Files.createTempDirectory("diffusion4j-pictures");
            java.nio.file.Path archive = temporary.resolve(id + ".tar");
            // Files are deleted in the reverse order.
            temporary.toFile().deleteOnExit();
            archive.toFile().deleteOnExit();
            PictureRows rows = new PictureRows(
                    column, folder, columns.indexOf(options.labelColumn()), columns.indexOf(options.captionColumn()));
            write(pictures, rows, archive);
            JavaSparkContext.fromSparkContext(pictures.sparkSession().sparkContext())
                    .addFile(archive.toUri().toString());
            return new Opener(id, archive.getFileName().toString(), sent);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    "data set: expected room for its pictures on the driver's disk, found: " + e, e);
        }
    }

    private static List<String> names(Dataset<Row> pictures, ImageColumn column) {
        Dataset<Row> narrow = pictures.select(
                column.name() < 0 ? "image.origin" : pictures.schema().fieldNames()[column.name()]);
        List<String> names = new ArrayList<>();
        for (Row row : narrow.collectAsList()) {
            if (row.isNullAt(0)) {
                throw new Diffusion4jException("data set: expected a name for each picture, found null");
            }
            names.add(path(row.get(0).toString()));
        }
        if (names.isEmpty()) {
            throw new Diffusion4jException("data set: expected pictures, found none");
        }
        return names;
    }

    /** A path without its scheme and host. */
    static String path(String name) {
        return name.matches("[a-zA-Z][a-zA-Z0-9+.-]+:/.*")
                ? new Path(name).toUri().getPath()
                : name;
    }

    private static String commonFolder(List<String> names) {
        String common = names.get(0).substring(0, names.get(0).lastIndexOf('/') + 1);
        for (String name : names) {
            while (!name.startsWith(common)) {
                common = common.substring(0, common.lastIndexOf('/', common.length() - 2) + 1);
            }
        }
        return common;
    }

    private static void write(Dataset<Row> pictures, PictureRows rows, java.nio.file.Path archive) throws IOException {
        try (OutputStream file = Files.newOutputStream(archive);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(file, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            // A partition at a time is in memory. Readers take the order of the names, whatever that of the rows is.
            for (Iterator<Row> all = pictures.toLocalIterator(); all.hasNext(); ) {
                Row row = all.next();
                add(tar, rows.name(row), rows.file(row));
            }
            byte[] metadata = rows.metadata();
            if (metadata.length > 0) {
                add(tar, "metadata.jsonl", metadata);
            }
        }
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        begin(tar, entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    /** Spark 3.5 and 4 have releases of this library in which the class hasn't, and has, a type parameter. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    private static void begin(ArchiveOutputStream tar, ArchiveEntry entry) throws IOException {
        tar.putArchiveEntry(entry);
    }

    private record Opener(String id, String archive, SentOptions options) implements PictureOpener {
        @Override
        public PictureSource open() {
            return OpenedPictures.of(
                    id, () -> PictureFolder.open(java.nio.file.Path.of(SparkFiles.get(archive)), options.options()));
        }
    }
}
