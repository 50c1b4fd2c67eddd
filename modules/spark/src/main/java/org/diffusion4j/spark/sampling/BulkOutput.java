package org.diffusion4j.spark.sampling;

import static org.diffusion4j.Requirement.requireWithin;

/**
 * Where pictures are written, and as what.
 *
 * @param folder a path of any Hadoop file system
 * @param format what is written
 * @param imagesPerShard how many pictures a file has, or with {@link Format#PNG} a task draws at a time; 1 to 1,000,000
 * @param resume whether an unfinished job's folder is taken, of which only what is missing is drawn; otherwise it must be new or
 *     empty
 */
public record BulkOutput(String folder, Format format, int imagesPerShard, boolean resume) {
    /** Pictures a shard, unless somebody says it: about a megabyte of small ones, a gigabyte of large ones. */
    public static final int IMAGES_PER_SHARD = 1000;

    private static final int MOST = 1_000_000;

    /** What is written. */
    public enum Format {
        /** {@code part-00000.parquet} and so on, with the columns of {@link SparkSampling#dataset}. */
        PARQUET,
        /** A file for each picture, with the names that {@code sample --out FOLDER/} gives. */
        PNG,
        /**
         * {@code shard-00000.tar} and so on, as WebDataset reads them: {@code 000000.png}, {@code 000000.json} (index, seed, label, prompt,
         * settings), and {@code 000000.cls} (label) or {@code 000000.txt} (prompt).
         */
        WEBDATASET
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a shard has no pictures or too many
     */
    public BulkOutput {
        requireWithin("images-per-shard", 1, MOST, imagesPerShard);
    }

    /**
     * A new folder with the usual shards.
     *
     * @param folder a path of any Hadoop file system
     * @param format what is written
     * @return the output
     */
    public static BulkOutput of(String folder, Format format) {
        return new BulkOutput(folder, format, IMAGES_PER_SHARD, false);
    }
}
