package org.diffusion4j.spark.evaluate;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.spark.data.HadoopFolder;

/** Pictures to be judged, in a place that the cluster reads. */
interface JudgedPictures {
    /** Any of them, read by the driver. */
    NamedPicture any();

    /** All of them. What a chunk has doesn't depend on the cluster. */
    JavaRDD<PictureChunk> chunks();

    /**
     * Finds pictures: what a bulk sampling wrote, as Parquet, as tar shards or as files, or any folder of pictures.
     *
     * @throws Diffusion4jException if there are none
     */
    static JudgedPictures of(SparkSession session, String place) {
        Configuration configuration = session.sparkContext().hadoopConfiguration();
        Path path = new Path(place);
        try {
            FileStatus status = path.getFileSystem(configuration).getFileStatus(path);
            if (status.isDirectory()) {
                return of(session, HadoopFolder.of(path, configuration), place);
            } else if (place.endsWith(".tar")) {
                return new ShardPictures(session, List.of(status.getPath().toString()));
            } else if (place.endsWith(".parquet")) {
                return new RowPictures(session.read().parquet(place));
            }
            throw new Diffusion4jException(
                    place + ": expected a folder of pictures, a .tar or a .parquet, found a file of another name");
        } catch (IOException e) {
            throw HadoopFolder.unreadable(path, e);
        }
    }

    private static JudgedPictures of(SparkSession session, HadoopFolder folder, String place) {
        List<String> shown = folder.names().stream()
                .filter(name -> !(name.startsWith("_") || name.startsWith(".")))
                .sorted()
                .toList();
        if (shown.stream().anyMatch(name -> name.endsWith(".parquet"))) {
            return new RowPictures(session.read().parquet(place));
        }
        List<String> shards = shown.stream()
                .filter(name -> name.endsWith(".tar"))
                .map(name -> folder.path(name).toString())
                .toList();
        return shards.isEmpty() ? FolderPictures.of(session, folder) : new ShardPictures(session, shards);
    }
}
