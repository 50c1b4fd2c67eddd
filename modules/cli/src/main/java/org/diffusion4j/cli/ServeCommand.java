package org.diffusion4j.cli;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.server.DiffusionServer;
import org.diffusion4j.server.job.JobLimits;
import org.diffusion4j.server.model.FoundModel;
import org.diffusion4j.server.model.Loras;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.server.model.ServedModel;
import org.diffusion4j.zoo.ModelPlace;
import org.diffusion4j.zoo.Zoo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the server. */
@Command(
        name = "serve",
        customSynopsis = "diffusion4j serve [OPTIONS]",
        description = {
            "Draws in a browser and for other programs, until it is stopped.",
            "",
            "Its page is at http://127.0.0.1:7860/. Clients of OpenAI's images and of AUTOMATIC1111's web interface get that"
                    + " address (the former with /v1 behind it); /openapi.json describes all of it. Ctrl-C and SIGTERM stop it"
                    + " within ten seconds; jobs that aren't done by then are said to be lost.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j serve",
            "  diffusion4j serve --model mine --model stable-diffusion-v1-5/ --runs runs/",
            "  diffusion4j serve --model stable-diffusion-v1-5/ --loras loras/",
            "  diffusion4j serve --host 0.0.0.0 --api-key-file keys.txt"
        })
final class ServeCommand implements Callable<Integer> {
    /** Of the ten seconds in which it stops; the rest is for answers. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model to draw with; may be repeated: one of the zoo (see diffusion4j models), a folder, a single file of"
                            + " the Stable Diffusion family or of guided-diffusion, or hf:OWNER/NAME on the hub. The first one is the usual one (default:"
                            + " those of the zoo that need no download).")
    private List<String> models = new ArrayList<>();

    @Mixin
    private VariantOption variant;

    @Option(
            names = "--loras",
            paramLabel = "FOLDER",
            description =
                    "Let clients ask for the adapters (LoRA and their like) of this folder by their files' names without"
                            + " .safetensors, also in a prompt as AUTOMATIC1111's clients do; may be repeated.")
    private List<Path> loraFolders = new ArrayList<>();

    @Mixin
    private LoraOption lora;

    @Option(
            names = "--runs",
            paramLabel = "FOLDER",
            description =
                    "Show training runs, also while they train: the folder of one, or one with several in it; may be repeated.")
    private List<Path> runs = new ArrayList<>();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "" + DiffusionServer.PORT,
            description = "The port to listen at; 0 for any that is free (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen at; 0.0.0.0 for all of this machine's, with --api-key-file or --no-key (default:"
                            + " ${DEFAULT-VALUE}, for this machine alone).")
    private String host;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description =
                    "A file with a key a line. Clients send one of them as Authorization: Bearer KEY, as X-API-Key: KEY, or as"
                            + " the password of Basic.")
    private Path keys;

    @Option(names = "--no-key", description = "Let everybody draw who reaches --host, also from other machines.")
    private boolean noKey;

    @Option(
            names = "--cors",
            paramLabel = "ORIGIN",
            description =
                    "Let pages of another origin ask, such as https://draw.example.org; may be repeated (default: none may).")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "How many jobs may wait or be drawn, of all models (default: 128).")
    private Integer queue;

    @Option(names = "--max-images", paramLabel = "N", description = "The most pictures of a job (default: 64).")
    private Integer maxImages;

    @Option(names = "--max-steps", paramLabel = "N", description = "The most steps (default: 1000).")
    private Integer maxSteps;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "The most pixels of a picture, drawn or drawn from (default: 4194304).")
    private Long maxPixels;

    @Option(names = "--quiet", description = "Print no line for each answer.")
    private boolean quiet;

    @Mixin
    private EngineOption engine;

    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.FP32);

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        engine.kind().resolve(precision.value()); // what can't compute here is refused before clients come
        DiffusionServer.Builder builder = DiffusionServer.builder()
                .host(host)
                .port(checkedPort())
                .limits(limits())
                .computing(engine.kind(), engine.threads(), precision.value());
        if (keys != null) {
            builder.keyFile(keys);
        }
        if (noKey) {
            builder.noKey();
        }
        origins.forEach(builder::origin);
        for (Path folder : runs) {
            requireGiven(Files.isDirectory(folder), "--runs", "a folder", folder);
            builder.runs(folder);
        }
        if (!quiet) {
            builder.accessLog(err::println);
        }
        found(err).forEach(builder::model);
        Loras loras = loras();
        builder.loras(loras);
        DiffusionServer server = builder.build();
        explainLoras(loras, server, err); // before somebody can ask it
        start(server);
        Stopper stopper = new Stopper(server, err);
        Runtime.getRuntime().addShutdownHook(stopper);
        for (ServedModel model : server.models().all()) {
            err.println(String.format(
                    Locale.ROOT,
                    "%s: draws by %s, %dx%d",
                    model.name(),
                    switch (model.traits().kind()) {
                        case PROMPT -> "text";
                        case CLASSES -> model.traits().classes().size() + " classes";
                        case UNCONDITIONAL -> "nothing";
                    },
                    model.traits().size().width(),
                    model.traits().size().height()));
        }
        spec.commandLine().getOut().println(server.uri() + " (Ctrl-C stops it)");
        stopper.stopped.await();
        return 0;
    }

    private static void start(DiffusionServer server) {
        try {
            server.start();
        } catch (Diffusion4jException e) {
            server.close();
            throw new Diffusion4jException(
                    "--" + e.getMessage().replace("or keys, or that nobody needs one", "or --api-key-file or --no-key"),
                    e);
        }
    }

    private Loras loras() {
        Loras loras = new Loras(lora.additions(), new TreeMap<>());
        for (Path folder : loraFolders) {
            try {
                loras = loras.of(folder);
            } catch (Diffusion4jException e) {
                throw new Diffusion4jException("--" + e.getMessage(), e);
            }
        }
        return loras;
    }

    /** Says which adapters nobody can ask for, as there may be a mistake, and refuses those that act on nothing. */
    private void explainLoras(Loras loras, DiffusionServer server, PrintWriter err) {
        List<ServedModel> models = server.models().all();
        if (lora.isGiven() && models.stream().noneMatch(model -> model.traits().kind() == Kind.PROMPT)) {
            server.close();
            throw new ParameterException(
                    spec.commandLine(), "--lora: expected a model that draws by text, found none among those served");
        }
        for (String name : loras.files().keySet()) {
            if (models.stream().noneMatch(model -> model.traits().loras().contains(name))) {
                err.println("--loras: " + name + " fits none of the models");
            }
        }
    }

    private int checkedPort() {
        if (port < 0 || port > 65535) {
            throw new ParameterException(spec.commandLine(), "--port: expected 0 to 65535, found " + port);
        }
        return port;
    }

    private JobLimits limits() {
        JobLimits usual = JobLimits.USUAL;
        try {
            return new JobLimits(
                    queue == null ? usual.waiting() : queue,
                    maxImages == null ? usual.images() : maxImages,
                    maxSteps == null ? usual.steps() : maxSteps,
                    maxPixels == null ? usual.pixels() : maxPixels,
                    usual.promptCharacters(),
                    usual.keptFor(),
                    usual.keptBytes());
        } catch (IllegalArgumentException e) {
            String option = e.getMessage().startsWith("waiting jobs")
                    ? "--queue"
                    : "--max-" + e.getMessage().split(":", 2)[0];
            throw new ParameterException(
                    spec.commandLine(),
                    option + e.getMessage().substring(e.getMessage().indexOf(':')),
                    e);
        }
    }

    private List<FoundModel> found(PrintWriter err) {
        if (models.isEmpty()) {
            variant.requireNone("--model beside it", "none");
        }
        List<String> wanted = models.isEmpty() ? Zoo.packedNames() : models;
        List<FoundModel> found = new ArrayList<>();
        for (String model : wanted) {
            try (FetchProgress progress = FetchProgress.on(err)) {
                ModelPlace place = ModelPlace.of(model, variant.preference(), () -> HubClient.ofEnvironment()
                        .reporting(progress));
                found.add(FoundModel.of(model, place));
            }
        }
        return found;
    }

    /** The thread that Ctrl-C and SIGTERM start. */
    private static final class Stopper extends Thread {
        private final DiffusionServer server;
        private final PrintWriter err;
        private final CountDownLatch stopped = new CountDownLatch(1);

        Stopper(DiffusionServer server, PrintWriter err) {
            this.server = server;
            this.err = err;
        }

        @Override
        public void run() {
            int open = server.jobs().unfinished().size();
            err.println("stopping" + (open == 0 ? "" : "; jobs that wait or are drawn: " + open));
            server.stop(GRACE);
            stopped.countDown();
        }
    }
}
