package org.diffusion4j.spark.sampling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.SamplerOption;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.spark.Job;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Draws many pictures on a cluster: {@code spark-submit --class org.diffusion4j.spark.sampling.SampleJob …}. */
@Command(
        name = "SampleJob",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        customSynopsis = "spark-submit … SampleJob --model=MODEL --images=N --out=FOLDER [OPTIONS]",
        description = "Draws pictures with a model, as the command sample does, on a cluster.")
public final class SampleJob implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description =
                    "A model of the zoo, hf:OWNER/NAME on the hub, a folder or file that each machine has, or the address of one"
                            + " on a Hadoop file system.")
    private String model;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "How many pictures; for each prompt with --prompt (default: 1).")
    private Integer images;

    @Option(
            names = "--labels",
            paramLabel = "LABELS",
            description = "Classes to draw, such as cat,dog or 0-9; none draws without a class (default: all classes).")
    private String labels;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "What is to be seen; may be repeated.")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--negative-prompt",
            paramLabel = "TEXT",
            description = "What isn't to be seen: one for all prompts, or one for each.")
    private List<String> negative = new ArrayList<>();

    @Option(names = "--size", paramLabel = "S|WxH", description = "Size of the pictures, with --prompt.")
    private String size;

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "0",
            description = "Picture i, from 0, is drawn from seed K + i (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps from noise to picture (default: the model's best).")
    private Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "Strength of classifier-free guidance; 1 is none (default: the model's best).")
    private Double guidance;

    @Option(names = "--sampler", paramLabel = "SAMPLER", description = "Such as ddim (default: the model's best).")
    private String sampler;

    @Option(
            names = "--sampler-option",
            paramLabel = "KEY=VALUE",
            description = "An option of the sampler under diffusers' name, such as eta=1; may be repeated.")
    private List<String> options = new ArrayList<>();

    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = "auto", description = "What runs the network.")
    private String engine;

    @Option(
            names = "--precision",
            paramLabel = "PRECISION",
            defaultValue = "fp32",
            description = "fp32, bf16 or auto (default: ${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "A new folder, on any Hadoop file system.")
    private String out;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "parquet",
            description = "parquet, png (a file each) or webdataset (tar archives) (default: ${DEFAULT-VALUE}).")
    private BulkOutput.Format format;

    @Option(
            names = "--images-per-shard",
            paramLabel = "N",
            defaultValue = "" + BulkOutput.IMAGES_PER_SHARD,
            description = "Pictures of a file, which a task draws (default: ${DEFAULT-VALUE}).")
    private int imagesPerShard;

    @Option(
            names = "--partitions",
            paramLabel = "P",
            defaultValue = "0",
            description = "Number of tasks (default: one for each shard).")
    private int partitions;

    @Option(names = "--resume", description = "Draw what is missing in the folder of a job that was ended.")
    private boolean resume;

    /**
     * Runs the job.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        Job.main(new SampleJob(), args);
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        BulkOutput output;
        Map<String, Object> samplerOptions = new LinkedHashMap<>();
        SchedulerKind kind;
        EngineKind runs;
        try {
            output = new BulkOutput(out, format, imagesPerShard, resume);
            options.stream()
                    .map(SamplerOption::parse)
                    .forEach(option -> samplerOptions.put(option.key(), option.value()));
            kind = sampler == null ? null : SchedulerKind.ofWord("sampler", sampler.replace('_', '-'));
            runs = EngineKind.of(engine.toLowerCase(Locale.ROOT));
            if (partitions < 0) {
                throw new IllegalArgumentException("partitions: expected at least 0, found " + partitions);
            }
            if (prompts.isEmpty() && images == null) {
                throw new IllegalArgumentException("images: expected a number, found none");
            }
            requested(kind, samplerOptions, List.of());
        } catch (IllegalArgumentException | Diffusion4jException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
        SparkSession spark = Job.session("diffusion4j sample");
        try {
            SparkSampling sampling = sampling(spark, kind, samplerOptions)
                    .engine(runs)
                    .precision(precision)
                    .partitions(partitions)
                    .build();
            BulkSummary summary = sampling.write(spark, output);
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s: %d images, %d of them drawn now, %.1f s",
                            out,
                            summary.images(),
                            summary.drawn(),
                            (System.nanoTime() - start) / 1e9));
            return 0;
        } finally {
            spark.stop();
        }
    }

    private SparkSampling.Builder sampling(SparkSession spark, SchedulerKind kind, Map<String, Object> samplerOptions) {
        boolean isOfPrompts = SparkSampling.isOfPrompts(spark, model);
        if (isOfPrompts == prompts.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    isOfPrompts
                            ? "--prompt: expected a text, as the model draws by text, found none"
                            : "--prompt: expected a model with a text encoder, found " + model
                                    + ", which draws by classes or by none");
        }
        if (isOfPrompts) {
            if (labels != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--labels: expected a model with classes, found " + model + ", which draws by text");
            }
            return SparkSampling.of(model, promptRequest(kind, samplerOptions));
        }
        if (size != null || !negative.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    (size != null ? "--size" : "--negative-prompt") + ": expected a model with a text encoder, found "
                            + model + ", which draws by classes or by none");
        }
        try {
            return SparkSampling.of(
                    model,
                    requested(
                            kind,
                            samplerOptions,
                            SparkSampling.classLabels(spark, model).chosen(labels, images)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private SampleRequest requested(SchedulerKind kind, Map<String, Object> samplerOptions, List<Integer> classes) {
        SampleRequest.Builder request = SampleRequest.images(images == null ? 1 : images)
                .seed(seed)
                .sampler(kind)
                .steps(steps)
                .guidanceScale(guidance)
                .samplerOptions(samplerOptions);
        return (classes.isEmpty() ? request : request.spread(classes)).build();
    }

    private PromptRequest promptRequest(SchedulerKind kind, Map<String, Object> samplerOptions) {
        PromptRequest.Builder request = PromptRequest.of(prompts)
                .negative(negative.toArray(new String[0]))
                .imagesPerPrompt(images == null ? 1 : images)
                .seed(seed)
                .sampler(kind)
                .steps(steps)
                .guidanceScale(guidance)
                .samplerOptions(samplerOptions);
        if (size != null) {
            String[] sides = (size.contains("x") ? size : size + "x" + size).split("x", -1);
            try {
                request.size(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
            } catch (NumberFormatException e) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--size: expected a side or WIDTHxHEIGHT in pixels, found '" + size + "'",
                        e);
            }
        }
        try {
            return request.build();
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            String[] name = e.getMessage().split(":", 2);
            throw new ParameterException(
                    spec.commandLine(), "--" + name[0].replace(' ', '-') + ":" + name[name.length - 1], e);
        }
    }
}
