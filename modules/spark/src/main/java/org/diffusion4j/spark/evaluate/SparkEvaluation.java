package org.diffusion4j.spark.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.evaluate.Classified;
import org.diffusion4j.training.evaluate.Evaluation;
import org.diffusion4j.training.evaluate.Evaluator;
import org.diffusion4j.training.evaluate.RealPictures;

/**
 * Judges pictures as an {@link Evaluator} does, but the cluster decodes them and looks at them. The driver trains the classifier,
 * looks at the real pictures, and computes the distances from the features of all pictures, which are 336 bytes for each: a
 * million take a third of a gigabyte, and Spark's {@code spark.driver.maxResultSize} must allow that.
 *
 * <p>The figures don't depend on partitions and executors. They are those of one machine's evaluator for the same pictures in the
 * order of their names; only the features' last bits may differ, where other pictures are looked at together.
 */
public final class SparkEvaluation implements AutoCloseable {
    private final SparkSession session;
    private final RealPictures real;
    private final boolean resized;
    private final Evaluator evaluator;

    /**
     * An evaluation that reports no progress.
     *
     * @param session the cluster
     * @param real the pictures with which others are compared; the driver reads them
     * @param resized whether pictures of another size are fitted to that of the real ones; otherwise they are refused
     */
    public SparkEvaluation(SparkSession session, RealPictures real, boolean resized) {
        this(session, real, resized, stage -> Progress.none());
    }

    /**
     * An evaluation.
     *
     * @param session the cluster
     * @param real the pictures with which others are compared; the driver reads them
     * @param resized whether pictures of another size are fitted to that of the real ones; otherwise they are refused
     * @param progress asked, as the classifier begins to learn, what is to be told how far it is
     */
    public SparkEvaluation(
            SparkSession session, RealPictures real, boolean resized, Function<Evaluator.Stage, Progress> progress) {
        this(session, real, resized, new Evaluator(real, progress));
    }

    SparkEvaluation(SparkSession session, RealPictures real, boolean resized, Evaluator evaluator) {
        this.session = session;
        this.real = real;
        this.resized = resized;
        this.evaluator = evaluator;
    }

    /**
     * Judges pictures on a file system that Hadoop knows.
     *
     * @param place what a bulk sampling wrote, as Parquet, tar shards or PNGs, or any folder of pictures; folders of classes,
     *     metadata, a shard's {@code .cls} or a column {@code label} give the classes, by the real pictures' names or numbers
     * @return the figures; without accuracy if the pictures have no classes
     * @throws Diffusion4jException if there are fewer than two pictures, or a class is unknown
     */
    public Evaluation evaluate(String place) {
        return evaluate(JudgedPictures.of(session, place));
    }

    /**
     * Judges the pictures of a data set.
     *
     * @param pictures with columns as for {@link org.diffusion4j.spark.data.DatasetPictures}; the class, if any, in the column
     *     {@code label}
     * @return the figures; without accuracy if the pictures have no classes
     * @throws Diffusion4jException if there are fewer than two pictures, or a class is unknown
     */
    public Evaluation evaluate(Dataset<Row> pictures) {
        return evaluate(new RowPictures(pictures));
    }

    Evaluation evaluate(JudgedPictures pictures) {
        PictureSource shape = real.training();
        Broadcast<byte[]> network = JavaSparkContext.fromSparkContext(session.sparkContext())
                .broadcast(evaluator.network().toBytes());
        List<ChunkFeatures> seen;
        try {
            seen = new ArrayList<>(pictures.chunks()
                    .mapPartitions(new ChunkClassifier(
                            network,
                            new ChunkClassifier.Shape(shape.channels(), shape.height(), shape.width()),
                            resized))
                    .collect());
        } finally {
            network.destroy();
        }
        seen.sort(ChunkFeatures.ORDER);
        requireGiven(!seen.isEmpty(), "images", "at least 2", 0);
        boolean labelled = seen.get(0).labels()[0] != null;
        List<Classified> parts = new ArrayList<>();
        for (ChunkFeatures chunk : seen) {
            parts.add(chunk.classified(labels(chunk, labelled)));
        }
        return evaluator.evaluate(Classified.concat(parts));
    }

    private int[] labels(ChunkFeatures chunk, boolean labelled) {
        int[] labels = new int[chunk.labels().length];
        for (int i = 0; i < labels.length; i++) {
            String label = chunk.labels()[i];
            String name = chunk.names().get(i);
            requireGiven(
                    labelled == (label != null),
                    name,
                    labelled ? "a class as other pictures have" : "no class, as other pictures have none",
                    label == null ? "none" : label);
            labels[i] = labelled ? label(name, label) : 0;
        }
        return labelled ? labels : null;
    }

    private int label(String picture, String label) {
        List<String> names = real.training().classNames();
        int index = names.indexOf(label);
        if (index < 0 && label.matches("[0-9]{1,9}")) {
            index = Integer.parseInt(label);
        }
        requireGiven(
                index >= 0 && index < names.size(),
                picture,
                "a class of the real pictures, " + String.join(", ", names) + " or a number below " + names.size(),
                label);
        return index;
    }

    /** Frees the classifier. */
    @Override
    public void close() {
        evaluator.close();
    }
}
