package org.diffusion4j.spark.evaluate;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureListing;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.spark.HadoopSettings;
import org.diffusion4j.spark.data.HadoopFolder;

/**
 * Pictures in files of their own.
 *
 * @param listed all of them, in the order of their names
 */
record FolderPictures(SparkSession session, List<Listed> listed) implements JudgedPictures {
    /** A file that is read later, and its class. */
    record Listed(String path, String label) implements Serializable {
        NamedPicture read(Configuration configuration) {
            Path file = new Path(path);
            try (InputStream in = file.getFileSystem(configuration).open(file)) {
                return new NamedPicture(path, label, in.readAllBytes());
            } catch (IOException e) {
                throw new Diffusion4jException(path + ": expected a picture, found: " + e, e);
            }
        }
    }

    private record ListedChunk(int number, List<Listed> files) implements Serializable {}

    static FolderPictures of(SparkSession session, HadoopFolder folder) {
        PictureListing listing =
                PictureListing.of(folder, PictureOptions.builder(1, 1).build());
        return new FolderPictures(
                session,
                listing.entries().stream()
                        .map(entry -> new Listed(
                                folder.path(entry.name()).toString(),
                                listing.classNames().isEmpty()
                                        ? null
                                        : listing.classNames().get(entry.label())))
                        .toList());
    }

    @Override
    public NamedPicture any() {
        return listed.get(0).read(session.sparkContext().hadoopConfiguration());
    }

    @Override
    public JavaRDD<PictureChunk> chunks() {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        Broadcast<HadoopSettings> settings = spark.broadcast(HadoopSettings.of(spark.hadoopConfiguration()));
        List<ListedChunk> chunks = new ArrayList<>();
        for (List<Listed> part : PictureChunk.cut(listed)) {
            chunks.add(new ListedChunk(chunks.size(), part));
        }
        return spark.parallelize(chunks, Math.min(chunks.size(), 4 * spark.defaultParallelism()))
                .map(chunk -> {
                    Configuration configuration = settings.value().configuration();
                    List<NamedPicture> pictures = new ArrayList<>();
                    for (Listed file : chunk.files()) {
                        pictures.add(file.read(configuration));
                    }
                    return new PictureChunk("", chunk.number(), pictures);
                });
    }
}
