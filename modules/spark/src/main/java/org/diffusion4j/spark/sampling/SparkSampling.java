package org.diffusion4j.spark.sampling;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.pipeline.ClassLabels;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.spark.HadoopSettings;

/**
 * Draws many pictures on a cluster. Picture i is a function of the model, the seed and i: the bytes of its PNG are those that the
 * command {@code sample} writes, for any number of executors, tasks and restarts, on processors that compute alike.
 *
 * <p>An executor reads the model once. With a model of classes or of none, its tasks share the packed weights and draw beside each
 * other, each on {@code spark.task.cpus} threads. A pipeline of prompts has one of its networks in memory at a time: the tasks of an
 * executor draw one after another, each on all of the executor's threads.
 */
public final class SparkSampling {
    private final String model;
    private final SampleRequest classes;
    private final PromptRequest prompts;
    private final EngineKind engine;
    private final Precision precision;
    private final int partitions;

    private SparkSampling(Builder builder) {
        this.model = builder.model;
        this.classes = builder.classes;
        this.prompts = builder.prompts;
        this.engine = builder.engine;
        this.precision = builder.precision;
        this.partitions = builder.partitions;
    }

    /**
     * Draws with a model of classes, or of none.
     *
     * @param model a model of the zoo, {@code hf:OWNER/NAME} on the hub, a folder that each machine has, or the address of one on a Hadoop
     *     file system, such as {@code s3a://bucket/model}
     * @param request what is drawn
     * @return a builder
     */
    public static Builder of(String model, SampleRequest request) {
        return new Builder(model, request, null);
    }

    /**
     * Draws with a model of prompts.
     *
     * @param model as above, or a single file
     * @param request what is drawn; each picture has a generator of its own
     * @return a builder
     */
    public static Builder of(String model, PromptRequest request) {
        return new Builder(model, null, request);
    }

    /** Collects the settings. */
    public static final class Builder {
        private final String model;
        private final SampleRequest classes;
        private final PromptRequest prompts;
        private EngineKind engine = EngineKind.AUTO;
        private Precision precision = Precision.FP32;
        private int partitions;

        private Builder(String model, SampleRequest classes, PromptRequest prompts) {
            this.model = model;
            this.classes = classes;
            this.prompts = prompts;
        }

        /**
         * Sets what runs the networks.
         *
         * @param kind the kind of engine; auto if it isn't set
         * @return this
         */
        public Builder engine(EngineKind kind) {
            this.engine = kind;
            return this;
        }

        /**
         * Sets the type of the numbers that are multiplied.
         *
         * @param type float32 if it isn't set, which gives diffusers' pictures
         * @return this
         */
        public Builder precision(Precision type) {
            this.precision = type;
            return this;
        }

        /**
         * Sets the number of tasks.
         *
         * @param number at least 1; 0, as if it isn't set, for as many as Spark usually makes, or one for each file that is written
         * @return this
         * @throws IllegalArgumentException if it is negative
         */
        public Builder partitions(int number) {
            if (number < 0) {
                throw new IllegalArgumentException("partitions: expected at least 0, found " + number);
            }
            this.partitions = number;
            return this;
        }

        /** @return the sampling, which nothing has checked yet */
        public SparkSampling build() {
            return new SparkSampling(this);
        }
    }

    /**
     * The classes of a model, which this machine reads.
     *
     * @param spark Spark
     * @param model as {@link #of(String, SampleRequest)} takes it
     * @return the classes
     * @throws Diffusion4jException if there is no such model, or it draws by text
     */
    public static ClassLabels classLabels(SparkSession spark, String model) {
        try (DriverModel read = DriverModel.open(bulkModel(spark, model))) {
            return read.classLabels();
        }
    }

    /**
     * Whether a model draws by text.
     *
     * @param spark Spark
     * @param model as {@link #of(String, PromptRequest)} takes it
     * @return true if it has a text encoder
     * @throws Diffusion4jException if there is no such model
     */
    public static boolean isOfPrompts(SparkSession spark, String model) {
        return bulkModel(spark, model).local().isOfPrompts();
    }

    /**
     * The pictures, one a row: {@code index} from 0, {@code label} and {@code prompt} (null if there is none), {@code seed}, {@code
     * settings} (what it was drawn with, a JSON object) and {@code png}. A row is drawn whenever Spark asks for it, so what is used several
     * times should be cached or written.
     *
     * @param spark Spark
     * @return the rows in the order of the pictures
     * @throws Diffusion4jException if the model can't be read or can't do what is asked; the message says which option
     */
    public Dataset<Row> dataset(SparkSession spark) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        BulkRequest request = checked(spark).request();
        Broadcast<BulkRequest> sent = context.broadcast(request);
        int tasks = Math.min(partitions > 0 ? partitions : context.defaultParallelism(), request.images());
        return spark.createDataFrame(
                context.parallelize(ImageRange.divide(request.images(), tasks), tasks)
                        .mapPartitions(ranges -> rows(sent.value(), ranges)),
                DrawnPicture.SCHEMA);
    }

    private static Iterator<Row> rows(BulkRequest request, Iterator<ImageRange> ranges) {
        ExecutorModel.Lease lease = lease(request);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> lease.close());
        BooleanSupplier killed = killed();
        return new Flattened(ranges, range -> new TaskPictures(lease.drawing(), range, killed));
    }

    static ExecutorModel.Lease lease(BulkRequest request) {
        return ExecutorModel.lease(request, TaskContext.get().cpus());
    }

    static BooleanSupplier killed() {
        TaskContext task = TaskContext.get();
        return task::isInterrupted;
    }

    /**
     * Draws the pictures to files.
     *
     * @param spark Spark
     * @param output where, and as what
     * @return what was done
     * @throws Diffusion4jException if the model can't do what is asked, or the folder has something else, before a job starts
     */
    public BulkSummary write(SparkSession spark, BulkOutput output) {
        Checked checked = checked(spark);
        return new BulkWriting(spark, checked.request(), output, partitions).run(checked.description());
    }

    /**
     * A request that the model can do.
     *
     * @param description what the pictures depend on, for the manifest
     */
    private record Checked(BulkRequest request, Map<String, Object> description) {}

    private Checked checked(SparkSession spark) {
        BulkModel place = bulkModel(spark, model);
        try (DriverModel read = DriverModel.open(place)) {
            BulkRequest request =
                    new BulkRequest(place, read.sums(), classes, prompts, engine, precision, executorThreads(spark));
            return new Checked(request, read.description(request));
        }
    }

    private static BulkModel bulkModel(SparkSession spark, String model) {
        return new BulkModel(model, HadoopSettings.of(spark.sparkContext().hadoopConfiguration()));
    }

    /** The cores of an executor as far as the driver knows them; 0 if it doesn't. */
    private static int executorThreads(SparkSession spark) {
        SparkConf conf = spark.sparkContext().getConf();
        if (conf.contains("spark.executor.cores")) {
            return conf.getInt("spark.executor.cores", 1);
        }
        return conf.get("spark.master", "").toLowerCase(Locale.ROOT).matches("local|local\\[.*\\]")
                ? spark.sparkContext().defaultParallelism()
                : 0;
    }

    /** The pictures of several ranges one after another. */
    private static final class Flattened implements Iterator<Row> {
        private final Iterator<ImageRange> ranges;
        private final Function<ImageRange, TaskPictures> pictures;
        private Iterator<DrawnPicture> now = List.<DrawnPicture>of().iterator();

        Flattened(Iterator<ImageRange> ranges, Function<ImageRange, TaskPictures> pictures) {
            this.ranges = ranges;
            this.pictures = pictures;
        }

        @Override
        public boolean hasNext() {
            while (!now.hasNext() && ranges.hasNext()) {
                now = pictures.apply(ranges.next());
            }
            return now.hasNext();
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException("pictures: expected hasNext() before each, found that all were given");
            }
            return now.next().row();
        }
    }
}
