package org.diffusion4j.spark.sampling;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;

/**
 * Draws a job's pictures to files. A file is written beside its place and renamed, so one that is there is whole; a job that begins
 * again draws those that aren't.
 *
 * @param spark Spark
 * @param request what is drawn
 * @param output where to
 * @param partitions the number of tasks; 0 for one for each shard
 */
record BulkWriting(SparkSession spark, BulkRequest request, BulkOutput output, int partitions) {
    /** Spark's readers pass over names that begin like this. */
    private static final String UNFINISHED = "_unfinished";

    BulkSummary run(Map<String, Object> description) {
        Map<String, Object> job = new LinkedHashMap<>(description);
        job.put("format", output.format().name().toLowerCase(Locale.ROOT));
        job.put("images_per_shard", output.imagesPerShard());
        Path folder = new Path(output.folder());
        try {
            FileSystem files = folder.getFileSystem(request.model().hadoop().configuration());
            Manifest manifest = new Manifest(files, folder);
            begin(files, folder, manifest, job);
            ShardFiles shards = new ShardFiles(output.format());
            List<ImageRange> missing = missing(files, folder, shards);
            draw(folder, missing);
            files.delete(new Path(folder, UNFINISHED), true);
            manifest.write(
                    job, shards.described(files, folder, ImageRange.cut(request.images(), output.imagesPerShard())));
            return new BulkSummary(
                    request.images(),
                    missing.stream().mapToInt(ImageRange::count).sum());
        } catch (IOException e) {
            throw new Diffusion4jException(output.folder() + ": expected to write the pictures there, found " + e, e);
        }
    }

    private void begin(FileSystem files, Path folder, Manifest manifest, Map<String, Object> job) throws IOException {
        boolean isBegun = manifest.exists();
        if (isBegun && !output.resume()) {
            throw new Diffusion4jException(output.folder()
                    + ": expected a new folder, found a job's pictures (--resume draws those that are missing)");
        }
        if (isBegun) {
            manifest.requireSame(job);
            return;
        }
        if (files.exists(folder)
                && (!files.getFileStatus(folder).isDirectory() || files.listStatus(folder).length > 0)) {
            throw new Diffusion4jException(output.folder() + ": expected a new folder, found "
                    + (files.getFileStatus(folder).isDirectory() ? "other files in it" : "a file"));
        }
        files.mkdirs(folder);
        manifest.write(job, null);
    }

    /** The pictures that aren't there yet, in ranges that are within a shard each. */
    private List<ImageRange> missing(FileSystem files, Path folder, ShardFiles shards) throws IOException {
        Set<String> present = new HashSet<>();
        for (FileStatus file : files.listStatus(folder)) {
            present.add(file.getPath().getName());
        }
        List<ImageRange> missing = new ArrayList<>();
        for (ImageRange shard : ImageRange.cut(request.images(), output.imagesPerShard())) {
            missing.addAll(shards.missing(shard, output.imagesPerShard(), present, this::label));
        }
        return missing;
    }

    private Integer label(int image) {
        return request.classes() == null || request.classes().labels().isEmpty()
                ? null
                : request.classes().labels().get(image);
    }

    private void draw(Path folder, List<ImageRange> missing) {
        if (missing.isEmpty()) {
            return;
        }
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<BulkRequest> sent = context.broadcast(request);
        String place = folder.toString();
        BulkOutput.Format format = output.format();
        int perShard = output.imagesPerShard();
        int tasks = partitions > 0 ? Math.min(partitions, missing.size()) : missing.size();
        context.parallelize(missing, tasks).foreachPartition(ranges -> {
            BulkRequest all = sent.value();
            Path to = new Path(place);
            FileSystem files = to.getFileSystem(all.model().hadoop().configuration());
            Path beside = new Path(to, UNFINISHED + "/" + TaskContext.get().taskAttemptId());
            try (ExecutorModel.Lease lease = SparkSampling.lease(all)) {
                while (ranges.hasNext()) {
                    ImageRange range = ranges.next();
                    new ShardFiles(format)
                            .write(
                                    files,
                                    to,
                                    beside,
                                    range.first() / perShard,
                                    new TaskPictures(lease.drawing(), range, SparkSampling.killed()));
                }
            } finally {
                files.delete(beside, true);
            }
        });
        sent.destroy();
    }
}
