package org.diffusion4j.spark.evaluate;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.spark.HadoopSettings;

/**
 * Pictures in tar files with WebDataset's naming: what belongs together has one name before its first dot, the class is in {@code
 * .cls}. A shard is read by one task.
 *
 * @param shards the paths, sorted
 */
record ShardPictures(SparkSession session, List<String> shards) implements JudgedPictures {
    @Override
    public NamedPicture any() {
        try (ShardReader reader =
                new ShardReader(shards.get(0), session.sparkContext().hadoopConfiguration())) {
            return reader.next().pictures().get(0);
        }
    }

    @Override
    public JavaRDD<PictureChunk> chunks() {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        Broadcast<HadoopSettings> settings = spark.broadcast(HadoopSettings.of(spark.hadoopConfiguration()));
        return spark.parallelize(shards, shards.size())
                .flatMap(shard -> new ShardReader(shard, settings.value().configuration()));
    }
}
