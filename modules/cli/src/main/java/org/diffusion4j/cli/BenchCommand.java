package org.diffusion4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.MemoryEstimate;
import org.diffusion4j.pipeline.SameDiffMemory;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.AvailableMemory;
import org.diffusion4j.zoo.Zoo;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Times a network. */
@Command(
        name = "bench",
        customSynopsis = "diffusion4j bench --model=MODEL [OPTIONS]",
        description = {
            "Times a network on random input.",
            "",
            "Times its forward pass, or with --train a step of training. Prints the median time, the arithmetic (two"
                    + " operations for each multiplication and addition of convolutions, products and attention), its rate,"
                    + " also as a share of what a plain 3x3 convolution by oneDNN reaches, and the most memory that the process"
                    + " held. The share may be above 100 %%, since Winograd's algorithm multiplies less.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j bench --model ddpm-mnist --batch 16",
            "  diffusion4j bench --model ddpm-mnist --batch 16 --train --json",
            "  diffusion4j bench --model ddpm-mnist --size 64x32 --threads 1,2"
        })
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_WARM_UP = 3600;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description =
                    "A model of the zoo (see diffusion4j models), a diffusers folder, or a folder of one network, also with"
                            + " nothing but a config.json: the weights are random then.")
    private String model;

    @Mixin
    private VariantOption variant;

    @Mixin
    private SingleFileOption singleFile;

    @Option(
            names = "--component",
            paramLabel = "NAME",
            description =
                    "Which network of a pipeline that draws by text: unet, vae (its decoder) or text_encoder. --size is that of"
                            + " the latents then; a model of the zoo whose weights are on the hub has random ones.")
    private String component;

    @Mixin
    private PresetOption preset;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Images that go through the network at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--size",
            paramLabel = "S|WxH",
            converter = SizeConverter.class,
            description = "Side, or width and height, of the images in pixels (default: the model's sample_size).")
    private SampleSize size;

    @Option(
            names = "--threads",
            paramLabel = "T,…",
            split = ",",
            hideParamSyntax = true,
            description =
                    "How many threads compute (default: one for each physical core). Several numbers make a table, for which"
                            + " each is measured in a process of its own.")
    private List<Integer> threads = List.of(PhysicalCores.count());

    @Option(
            names = "--train",
            description =
                    "Time a step of training in place of the forward pass: loss, gradients, clipping, AdamW and the moving"
                            + " average.")
    private boolean train;

    @Option(
            names = "--trainer",
            description =
                    "With --train: also time the trainer, which reads pictures, draws noise and writes metrics while the step"
                            + " runs.")
    private boolean trainer;

    @Option(
            names = "--checkpointing",
            description =
                    "With --train: compute parts of the forward pass twice, in place of keeping all that the backward pass"
                            + " reads.")
    private boolean checkpointing;

    @Mixin
    private EngineChoice engine;

    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.AUTO);

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "How long it runs before it is timed, 0 to 3600 (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Option(names = "--json", description = "Print a line of JSON, or one for each number of threads.")
    private boolean json;

    @Override
    public Integer call() {
        check("--batch", batch >= 1, "at least 1", batch);
        check("--warm-up", warmUp >= 0 && warmUp <= MOST_WARM_UP, "0 to " + MOST_WARM_UP, warmUp);
        check("--threads", !threads.isEmpty(), "a number, or several such as 1,2", "none");
        threads.forEach(count -> EngineOption.checkedThreads(count, spec));
        if (trainer && !train) {
            throw new ParameterException(spec.commandLine(), "--trainer: expected --train beside it, found none");
        }
        if (component != null && train) {
            throw new ParameterException(
                    spec.commandLine(), "--component: expected a forward pass, found --train beside it");
        }
        if (checkpointing && !train) {
            throw new ParameterException(spec.commandLine(), "--checkpointing: expected --train beside it, found none");
        }
        return threads.size() > 1 ? new ThreadComparison(spec.commandLine(), threads, json).run() : measure();
    }

    private BenchedComponent benched() {
        BenchedComponent entry = BenchedComponent.ofZoo(model, component);
        if (entry == null) {
            return BenchedComponent.of(LocatedModel.of(model, variant, spec), component, singleFile);
        }
        variant.requireNone("a folder", model + ", whose weights are random here");
        return entry;
    }

    private int measureComponent(BenchedComponent network) {
        int count = threads.get(0);
        OptionalLong estimate = estimate(
                precision -> MemoryEstimate.forward(network.config(), network.graph(size), batch, count, precision));
        SameDiff graph = network.graph(size).sharedWeights(network.weights()).build();
        Timing timing =
                new NetworkTiming(batch, engine, count, precision, warmUp).forward(graph, network.outputs(graph));
        print("component", network.name(), timing, estimate, null);
        return 0;
    }

    private void print(String key, String what, Timing timing, OptionalLong estimate, Double whole) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(asJson(key, what, timing, estimate, whole));
        } else {
            asText(what, timing, estimate, whole).forEach(out::println);
        }
    }

    private int measure() {
        if (component != null) {
            return measureComponent(benched());
        }
        if (train) {
            engine.kind().requireGradients();
        }
        singleFile.refuseFor(model);
        DiffusersModel read = null;
        requireComponent(
                Zoo.hubPipelines().stream().anyMatch(entry -> entry.modelName().equals(model)));
        LocatedModel located = LocatedModel.of(model, variant, spec);
        BenchedComponent network = BenchedComponent.ofFolder(located, variant);
        if (network != null) {
            preset.requireNone(model);
            requireForward(network.name());
            return measureComponent(network);
        }
        if (PresetOption.isOne(located.place())) {
            variant.requireNone("a model's folder", "the network of guided-diffusion " + model);
            return measureGuidedDiffusion(located.place());
        }
        preset.requireNone(model);
        requireComponent(ModelOption.isPipelineOfPrompts(located.place()));
        UNetConfig own = DiffusersFolder.readConfig(Path.of(located.place())).orElse(null);
        if (own == null) {
            read = ModelOption.read(located, spec);
            own = read.config();
        } else {
            variant.requireNone("a folder with weights", "none in " + model);
        }
        UNetConfig config = sized(own);
        checkMemory(config);
        UNetGraph graph = UNetGraph.of(config);
        graph.sharedWeights(read != null ? read.tensors() : UNetGraph.initialWeights(config, 0));
        int count = threads.get(0);
        OptionalLong estimate = estimate(wanted -> train
                ? MemoryEstimate.training(config, config.graph(), batch, count, wanted, checkpointing)
                : MemoryEstimate.forward(config, config.graph(), batch, count, wanted));
        NetworkTiming measurement = new NetworkTiming(batch, engine, count, precision, warmUp);
        Timing timing = train ? measurement.step(graph, checkpointing) : measurement.forward(graph);
        Double whole = trainer
                ? (Double) new TrainerTiming(config, batch, engine.kind(), count, precision.value(), checkpointing)
                        .medianMillis(warmUp)
                : null;
        print("size", shown(config.sampleSize()), timing, estimate, whole);
        return 0;
    }

    /** Says which option a pipeline that draws by text needs. */
    private void requireComponent(boolean pipeline) {
        if (pipeline) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--component: expected the name of a network, such as unet, since " + model
                            + " draws by text and has several, found none");
        }
    }

    private void requireForward(String found) {
        if (train) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--train: expected a U-Net that draws by classes or by none, found " + found + ", " + model);
        }
    }

    private int measureGuidedDiffusion(String files) {
        requireForward("one of guided-diffusion");
        try (AdmModel network = singleFile.applied(preset.open(files))) {
            NetworkConfig config = network.component().config();
            return measureComponent(new BenchedComponent(
                    ComponentFolder.className(config),
                    config,
                    network.component().tensors()));
        }
    }

    /** The memory that oneDNN will take, in MiB; empty for another engine. */
    private OptionalLong estimate(Function<Precision, MemoryEstimate> estimate) {
        if (engine.kind().here() != EngineKind.ONEDNN) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(
                    estimate.apply(engine.kind().resolve(precision.value())).bytes() >> 20);
        } catch (UnsupportedGraphException e) {
            return OptionalLong.empty(); // SameDiff runs it
        }
    }

    private UNetConfig sized(UNetConfig config) {
        if (size != null) {
            int multiple = config.sizeMultiple();
            check(
                    "--size",
                    size.height() % multiple == 0 && size.width() % multiple == 0,
                    String.format(Locale.ROOT, "multiples of %d for %d levels", multiple, config.levels()),
                    shown(size));
            return config.toBuilder().sampleSize(size).build();
        }
        if (config.sampleSize() == null) {
            throw new Diffusion4jException(model + ": expected a network with a sample_size, or --size, found neither");
        }
        return config;
    }

    private static String shown(SampleSize size) {
        return String.format(Locale.ROOT, "%dx%d", size.width(), size.height());
    }

    private void check(String option, boolean holds, String expected, Object given) {
        if (!holds) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(Locale.ROOT, "%s: expected %s, found %s", option, expected, given));
        }
    }

    /** Refuses a batch that is too large, before anything is allocated. */
    private void checkMemory(UNetConfig config) {
        long most = train
                ? TrainingRun.largestBatch(config, engine.kind(), checkpointing)
                : SameDiffMemory.largestBatch(config);
        if (most < 1) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "--size: expected images of which this machine's memory (%.1f GB) holds one at least, found %s",
                    AvailableMemory.bytes() / 1e9,
                    shown(config.sampleSize())));
        }
        if (batch > most) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "--batch: expected at most %d, which this machine's memory holds, found %d",
                    most,
                    batch));
        }
    }

    private List<String> asText(String what, Timing timing, OptionalLong estimate, Double whole) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s, batch %d of %s: %s %.3f ms (%s, %s, threads: %d)",
                model,
                batch,
                what,
                train ? "training step" : "forward",
                timing.millis(),
                timing.engine().key(),
                timing.precision(),
                threads.get(0)));
        timing.gflop()
                .ifPresent(gflop -> lines.add(String.format(
                        Locale.ROOT,
                        "arithmetic: %.2f GFLOP, %.1f GFLOP/s%s",
                        gflop,
                        timing.rate().getAsDouble(),
                        timing.share().isEmpty()
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        ", %.0f %% of the %.1f GFLOP/s of a plain convolution by oneDNN",
                                        100 * timing.share().getAsDouble(),
                                        timing.plainRate().getAsDouble()))));
        timing.peak()
                .ifPresent(peak -> lines.add("peak memory: " + peak + " MB"
                        + (estimate.isEmpty() ? "" : ", estimated before: " + estimate.getAsLong() + " MB")));
        if (whole != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "trainer: %.3f ms a step, %.0f %% of the bare step's speed",
                    whole,
                    100 * timing.millis() / whole));
        }
        return lines;
    }

    /** Six digits are more than any measurement has. */
    private static Double rounded(OptionalDouble number) {
        return number.isEmpty()
                ? null
                : (Double) new BigDecimal(number.getAsDouble())
                        .round(new MathContext(6))
                        .doubleValue();
    }

    private String asJson(String key, String what, Timing timing, OptionalLong estimate, Double whole) {
        OptionalLong peak = timing.peak();
        Double millis = rounded(OptionalDouble.of(timing.millis()));
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("model", model)
                .put("batch", batch)
                .put(key, what)
                .put("engine", timing.engine().key())
                .put("precision", timing.precision().toString())
                .put("threads", threads.get(0))
                .put("forward_ms", train ? null : millis)
                .put("step_ms", train ? millis : null)
                .put("gflop", rounded(timing.gflop()))
                .put("gflop_per_s", rounded(timing.rate()))
                .put("plain_convolution_gflop_per_s", rounded(timing.plainRate()))
                .put("share_of_plain_convolution", rounded(timing.share()))
                .put("peak_rss_mb", peak.isPresent() ? (Long) peak.getAsLong() : null)
                .put("estimated_rss_mb", estimate.isPresent() ? (Long) estimate.getAsLong() : null);
        if (whole != null) {
            line.put("trainer_step_ms", rounded(OptionalDouble.of(whole)));
        }
        return line.toString();
    }
}
