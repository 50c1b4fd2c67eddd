package org.diffusion4j.spark.data;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.spark.HadoopSettings;

/**
 * Pictures in a folder or an archive on a file system that Hadoop knows ({@code hdfs:}, {@code s3a:}, {@code file:}, …), with the
 * order, the batches and the description that {@link PictureFolder} gives of the same files. Each executor reads them once, when
 * its first task opens them, and keeps them decoded, as one machine does; a path of {@code file:} must lead to the same files on
 * all machines.
 */
public final class HadoopPictures {
    private HadoopPictures() {}

    /**
     * Gives what opens the pictures in the driver and in every executor. Executors refuse pictures that have changed since.
     *
     * @param spark has Hadoop's settings
     * @param path a folder or an archive; without a scheme, on Hadoop's default file system
     * @param options how they are read; its memory and threads are those of an executor, as far as it has so much. A transform
     *     must be serialisable
     * @return the opener; for the same path it may be used in any number of jobs
     * @throws Diffusion4jException if there is nothing
     * @throws IllegalArgumentException if the transform isn't serialisable
     */
    public static PictureOpener opener(JavaSparkContext spark, String path, PictureOptions options) {
        HadoopSettings settings = HadoopSettings.of(spark.hadoopConfiguration());
        Path place = new Path(path);
        return new Opener(
                UUID.randomUUID().toString(),
                path,
                settings,
                SentOptions.of(options),
                Extent.of(place, settings.configuration()));
    }

    /**
     * How much there is, to see whether two machines see the same.
     *
     * @param files their number
     * @param bytes of all together
     */
    private record Extent(long files, long bytes) implements java.io.Serializable {
        static Extent of(Path path, Configuration configuration) {
            try {
                FileStatus status = path.getFileSystem(configuration).getFileStatus(path);
                if (!status.isDirectory()) {
                    return new Extent(1, status.getLen());
                }
            } catch (IOException e) {
                throw HadoopFolder.unreadable(path, e);
            }
            HadoopFolder folder = HadoopFolder.of(path, configuration);
            return new Extent(folder.names().size(), folder.bytes());
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d files of %d bytes", files, bytes);
        }
    }

    private record Opener(String id, String path, HadoopSettings settings, SentOptions options, Extent extent)
            implements PictureOpener {
        @Override
        public PictureSource open() {
            return OpenedPictures.of(id, this::read);
        }

        private PictureSource read() {
            Configuration configuration = settings.configuration();
            Path place = new Path(path);
            Extent found = Extent.of(place, configuration);
            if (!found.equals(extent)) {
                throw new Diffusion4jException(
                        place + ": expected what the driver saw, " + extent + ", found " + found);
            }
            try {
                FileSystem files = place.getFileSystem(configuration);
                if (files instanceof LocalFileSystem local) {
                    return PictureFolder.open(local.pathToFile(place).toPath(), options.options());
                }
                return files.getFileStatus(place).isDirectory()
                        ? PictureFolder.open(HadoopFolder.of(place, configuration), options.options())
                        : archive(files, place);
            } catch (IOException e) {
                throw HadoopFolder.unreadable(place, e);
            }
        }

        /** Opens a copy, which isn't needed once the pictures are decoded. */
        private PictureSource archive(FileSystem files, Path place) throws IOException {
            java.nio.file.Path folder = Files.createTempDirectory("diffusion4j-pictures");
            java.nio.file.Path copy = folder.resolve(place.getName());
            // Should the JVM be ended in between.
            folder.toFile().deleteOnExit();
            copy.toFile().deleteOnExit();
            try {
                files.copyToLocalFile(false, place, new Path(copy.toUri()), true);
                return PictureFolder.open(copy, options.options());
            } catch (Diffusion4jException e) {
                throw new Diffusion4jException(e.getMessage().replace(copy.toString(), place.toString()), e);
            } finally {
                Files.deleteIfExists(copy);
                Files.deleteIfExists(folder);
            }
        }
    }
}
