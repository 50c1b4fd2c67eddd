package org.diffusion4j.spark.sampling;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.diffusion4j.picture.GeneratedImage;

/**
 * The files of a format: a shard is one of them, or has one for each picture.
 *
 * @param format the format
 */
record ShardFiles(BulkOutput.Format format) {
    private String name(int shard) {
        return String.format(
                Locale.ROOT, format == BulkOutput.Format.PARQUET ? "part-%05d.parquet" : "shard-%05d.tar", shard);
    }

    /**
     * The pictures of a shard that aren't there.
     *
     * @param shard all of its pictures
     * @param perShard the pictures of a shard
     * @param present the names of all files
     * @param label the class of a picture, or null
     */
    List<ImageRange> missing(ImageRange shard, int perShard, Set<String> present, IntFunction<Integer> label) {
        if (format != BulkOutput.Format.PNG) {
            return present.contains(name(shard.first() / perShard)) ? List.of() : List.of(shard);
        }
        List<ImageRange> missing = new ArrayList<>();
        int from = -1;
        for (int i = shard.first(); i <= shard.end(); i++) {
            boolean isMissing = i < shard.end() && !present.contains(GeneratedImage.fileName(i, label.apply(i)));
            if (isMissing && from < 0) {
                from = i;
            } else if (!isMissing && from >= 0) {
                missing.add(new ImageRange(from, i));
                from = -1;
            }
        }
        return missing;
    }

    /**
     * Writes pictures.
     *
     * @param folder where to
     * @param beside a folder for what isn't whole yet, which belongs to this task alone
     * @param shard the number of the shard
     * @param pictures all of the shard's, or with PNGs some of them
     */
    void write(FileSystem files, Path folder, Path beside, int shard, Iterator<DrawnPicture> pictures)
            throws IOException {
        if (format != BulkOutput.Format.PNG) {
            Path file = new Path(beside, name(shard));
            if (format == BulkOutput.Format.PARQUET) {
                ParquetShard.write(files, file, pictures);
            } else {
                try (OutputStream out = files.create(file, true)) {
                    TarShard.write(out, pictures);
                }
            }
            moved(files, file, folder);
            return;
        }
        while (pictures.hasNext()) {
            DrawnPicture picture = pictures.next();
            Path file = new Path(beside, GeneratedImage.fileName(picture.index(), picture.label()));
            try (OutputStream out = files.create(file, true)) {
                out.write(picture.png());
            }
            moved(files, file, folder);
        }
    }

    /** If another attempt of the task was earlier, its file has the same bytes. */
    private static void moved(FileSystem files, Path file, Path folder) throws IOException {
        Path place = new Path(folder, file.getName());
        if (!files.rename(file, place) && !files.exists(place)) {
            throw new IOException("can't rename " + file + " to " + place);
        }
    }

    /** What the manifest says of the files; null for PNGs, whose names say it all. */
    List<Map<String, Object>> described(FileSystem files, Path folder, List<ImageRange> shards) throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < shards.size() && format != BulkOutput.Format.PNG; i++) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", name(i));
            one.put("first", shards.get(i).first());
            one.put("images", shards.get(i).count());
            one.put("bytes", files.getFileStatus(new Path(folder, name(i))).getLen());
            all.add(one);
        }
        return all;
    }
}
