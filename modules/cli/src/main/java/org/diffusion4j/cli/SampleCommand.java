package org.diffusion4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.ClassLabels;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.adm.AdmRequest;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Draws pictures. */
@Command(
        name = "sample",
        customSynopsis = "diffusion4j sample --model=MODEL --out=FILE.png|FOLDER/ [OPTIONS]",
        description = {
            "Draws pictures with a model.",
            "",
            "A setting that isn't given is the model's best where the model names it (in its diffusion4j.json), and"
                    + " diffusers' default otherwise.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j sample --model ddpm-mnist --labels 0-9 --images 40 --out grid.png",
            "  diffusion4j sample --model mine --labels cat,dog --captions --out pets.png",
            "  diffusion4j sample --model mine --images 100 --seed 7 --out pictures/",
            "  diffusion4j sample --model sd15 --prompt castle --out castle.png",
            "  diffusion4j sample --model adm.pt --preset imagenet64 --labels 207 --out a.png"
        })
final class SampleCommand implements Callable<Integer> {
    private static final int DEFAULT_IMAGES = 16;
    private static final int DEFAULT_IMAGES_A_LABEL = 4;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "How many pictures (default: " + DEFAULT_IMAGES + ", or " + DEFAULT_IMAGES_A_LABEL
                    + " for each label); for each prompt with --prompt (default: 1).")
    private Integer images;

    @Option(
            names = "--labels",
            paramLabel = "LABELS",
            description =
                    "Classes to draw, such as cat,dog or 0-9: names, or numbers from 0 where the names aren't numbers. The"
                            + " pictures are spread over them, a row of the grid for each. none draws without a class (default:"
                            + " all classes).")
    private String labels;

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "0",
            description =
                    "Decides on the noise: picture i, from 0, is drawn from seed K + i, as in diffusers (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "1",
            description = "Enlarges the grid: each pixel becomes a square of N by N (default: ${DEFAULT-VALUE}).")
    private int scale;

    @Option(
            names = "--captions",
            description =
                    "Write beside each row of the grid its class, or the seed of its first picture where there are no classes.")
    private boolean captions;

    @Mixin
    private SingleFileOption singleFile;

    @Mixin
    private PromptOptions prompt;

    @Mixin
    private LoraOption lora;

    @Mixin
    private SamplingOptions sampling;

    @Mixin
    private PresetOption preset;

    @Mixin
    private AdmOptions adm;

    @Mixin
    private EngineOption engine;

    /** A seed gives diffusers' picture in float32. */
    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.FP32);

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE.png|FOLDER/",
            description = "A file for a grid of all pictures, or a folder (with / at its end) for a file each.")
    private String out;

    @Override
    public Integer call() {
        long start = System.nanoTime();
        OutputPlace place = OutputPlace.fileOrFolder("--out", ".png", out);
        // Errors that don't depend on the model are reported before it is read.
        requested(images == null ? DEFAULT_IMAGES : images, List.of());
        if (place.isFolder() && (scale != 1 || captions)) {
            throw new ParameterException(
                    spec.commandLine(),
                    (captions ? "--captions" : "--scale") + ": expected a grid (--out FILE.png), found the folder "
                            + out);
        }
        engine.kind().warmUp();
        if (model.isPipelineOfPrompts()) {
            return drawPrompts(place, start);
        }
        singleFile.refuseFor(model.place());
        if (PresetOption.isOne(model.place())) {
            return drawByNetwork(place, start);
        }
        preset.requireNone(model.name());
        adm.requireNone(model.name());
        DiffusersModel read = model.read();
        if (prompt.given() != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    prompt.given() + ": expected a model with a text encoder, found " + model.name()
                            + ", which draws by classes or by none");
        }
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(read, graph -> precision.open(engine, graph))) {
            SamplePlan plan = pipeline.plan(request(pipeline.classLabels()));
            explain(plan, pipeline.classLabels().all().size());
            requireScale(plan.images(), read.config().sampleSize());
            List<GeneratedImage> pictures;
            try (ShownProgress progress = ShownProgress.on(spec.commandLine().getErr())) {
                pictures = pipeline.sample(plan, progress);
            }
            write(pictures, place, read.settings().classNames());
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s: %s by %s in %d %s, %.1f s",
                            out,
                            pictures.size() == 1 ? "1 image" : pictures.size() + " images",
                            plan.sampler().word(),
                            plan.steps(),
                            plan.steps() == 1 ? "step" : "steps",
                            (System.nanoTime() - start) / 1e9));
        }
        return 0;
    }

    /** Draws with a model that has a text encoder. */
    private int drawPrompts(OutputPlace place, long start) {
        preset.requireNone(model.name());
        adm.requireNone(model.name());
        if (!prompt.isPrompt()) {
            throw new ParameterException(
                    spec.commandLine(), "--prompt: expected a text, as the model draws by text, found none");
        }
        if (labels != null || captions) {
            throw new ParameterException(
                    spec.commandLine(),
                    (labels != null ? "--labels" : "--captions") + ": expected a model with classes, found "
                            + model.name() + ", which draws by text");
        }
        PromptSampling drawing = PromptSampling.open(
                spec, model.located(), singleFile, prompt.with(lora.additions()), engine, precision);
        PromptPlan plan = drawing.plan(prompt, sampling, images == null ? 1 : images, seed);
        requireScale(plan.images(), plan.size());
        write(drawing.draw(plan), place, List.of());
        spec.commandLine().getOut().println(PromptSampling.summary(out, plan, (System.nanoTime() - start) / 1e9));
        return 0;
    }

    /** Draws with a network of guided-diffusion. */
    private int drawByNetwork(OutputPlace place, long start) {
        if (prompt.given() != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    prompt.given() + ": expected a model with a text encoder, found " + model.name()
                            + ", which draws by classes or by none");
        }
        try (AdmSampling drawing =
                AdmSampling.open(spec, singleFile.applied(preset.open(model.place())), adm, engine, precision)) {
            SampleRequest classes = request(new ClassLabels(List.of(), drawing.classes(), null));
            AdmRequest request = drawing.checked(
                    (classes.labels().isEmpty()
                                    ? AdmRequest.ofImages(classes.images())
                                    : AdmRequest.ofClasses(classes.labels()))
                            .withSeed(seed),
                    sampling,
                    adm);
            requireScale(request.images(), drawing.size());
            write(drawing.draw(request), place, List.of());
            spec.commandLine().getOut().println(drawing.summary(out, request, (System.nanoTime() - start) / 1e9));
        }
        return 0;
    }

    private SampleRequest request(ClassLabels classes) {
        int count = images == null ? DEFAULT_IMAGES : images;
        List<Integer> wanted = chosen(classes, count);
        boolean isAsked = labels != null && !wanted.isEmpty();
        return requested(images == null && isAsked ? DEFAULT_IMAGES_A_LABEL * wanted.size() : count, wanted);
    }

    private List<Integer> chosen(ClassLabels classes, int count) {
        try {
            return classes.chosen(labels, count);
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException("--" + e.getMessage(), e);
        }
    }

    /** Prints which classes are drawn, if none were asked for. */
    private void explain(SamplePlan plan, int classes) {
        if (labels != null || plan.labels().isEmpty()) {
            return;
        }
        long drawn = plan.labels().stream().distinct().count();
        spec.commandLine()
                .getErr()
                .println(String.format(
                        Locale.ROOT,
                        "--labels: none given; %s spread over %s %d classes",
                        plan.images() == 1 ? "1 image is" : plan.images() + " images are",
                        drawn < classes ? "the first " + drawn + " of" : "all",
                        classes));
    }

    private SampleRequest requested(int count, List<Integer> classes) {
        try {
            SampleRequest.Builder request =
                    sampling.set(SampleRequest.images(count).seed(seed));
            return (classes.isEmpty() ? request : request.spread(classes)).build();
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Refuses a grid that is too large before the pictures are drawn, which may take long. */
    private void requireScale(int count, SampleSize size) {
        try {
            ImageGrid.requireScale(scale, count, size.height(), size.width());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private void write(List<GeneratedImage> pictures, OutputPlace place, List<String> classNames) {
        place.makeFolder();
        if (!place.isFolder()) {
            ImageGrid.Builder grid = ImageGrid.builder(pictures).scale(scale);
            (captions ? grid.captions(classNames) : grid).build().writePng(place.path());
            return;
        }
        for (int i = 0; i < pictures.size(); i++) {
            GeneratedImage picture = pictures.get(i);
            picture.writePng(place.path().resolve(GeneratedImage.fileName(i, picture.label())));
        }
    }
}
