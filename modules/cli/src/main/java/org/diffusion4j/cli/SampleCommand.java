package org.diffusion4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.zoo.ClassLabels;
import org.diffusion4j.zoo.DiffusionPipeline;
import org.diffusion4j.zoo.GeneratedImage;
import org.diffusion4j.zoo.ImageGrid;
import org.diffusion4j.zoo.SampleRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Draws pictures. */
@Command(
        name = "sample",
        description = {
            "Draws pictures with a model.",
            "What isn't given is the model's own best setting where it names one (its diffusion4j.json), and diffusers'"
                    + " default otherwise."
        })
final class SampleCommand implements Callable<Integer> {
    private static final int DEFAULT_IMAGES = 16;
    private static final int DEFAULT_IMAGES_A_LABEL = 4;
    private static final String NO_CLASS = "none";

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "How many pictures (default: " + DEFAULT_IMAGES + ", or " + DEFAULT_IMAGES_A_LABEL
                    + " for each label).")
    private Integer images;

    @Option(
            names = "--labels",
            paramLabel = "LABELS",
            description =
                    "Classes to draw, such as cat,dog or 0-9, by name, or by number from 0 where names aren't numbers;"
                            + " the pictures are spread over them in order, a row each in the grid; none draws without a class"
                            + " (default: all classes).")
    private String labels;

    @Option(names = "--sampler", paramLabel = "SAMPLER", description = "ddpm or ddim (default: the model's best).")
    private SchedulerKind sampler;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps from noise to picture (default: the model's best).")
    private Integer steps;

    @Option(names = "--eta", paramLabel = "E", description = "DDIM's share of noise, 0 to 1 (default: 0).")
    private Double eta;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "Classifier-free guidance; 1 is none (default: the model's best).")
    private Double guidance;

    @Option(
            names = "--clipped-epsilon",
            negatable = true,
            description = "Whether DDIM computes epsilon anew from the clipped prediction, diffusers'"
                    + " use_clipped_model_output (default: the model's best).")
    private Boolean clippedEpsilon;

    @Option(
            names = "--spacing",
            paramLabel = "SPACING",
            description =
                    "Which training timesteps are visited: leading, trailing or linspace (default: the model's best).")
    private TimestepSpacing spacing;

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "0",
            description = "Picture i is drawn from seed K + i, as diffusers does it (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private EngineOption engine;

    @Mixin
    private PrecisionOption precision;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE.png|FOLDER/",
            description = "A grid of all pictures as one file, or a folder for a file each.")
    private String out;

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many times as large the grid's pictures are on each side (default: ${DEFAULT-VALUE}).")
    private int scale;

    @Option(
            names = "--captions",
            description = "Write each row's class beside it in the grid, or the row's first seed.")
    private boolean captions;

    @Override
    public Integer call() {
        long start = System.nanoTime();
        OutputPlace place = OutputPlace.fileOrFolder("--out", ".png", out);
        // What is wrong whatever the model is, is said before it is read.
        requested(images == null ? DEFAULT_IMAGES : images, List.of());
        if (place.isFolder() && (scale != 1 || captions)) {
            throw new ParameterException(
                    spec.commandLine(),
                    (captions ? "--captions" : "--scale") + ": expected a grid (--out FILE.png), found the folder "
                            + out);
        }
        DiffusersModel read = model.read();
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(read, graph -> precision.open(engine, graph))) {
            SampleRequest request = pipeline.complete(request(pipeline));
            explain(request, pipeline.classLabels().all().size());
            requireScale(request, read.config().sampleSize());
            List<GeneratedImage> pictures;
            try (SamplingProgress progress =
                    SamplingProgress.on(spec.commandLine().getErr())) {
                pictures = pipeline.sample(request, progress);
            }
            write(pictures, place, read.settings().classNames());
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s: %s by %s in %d steps, %.1f s",
                            out,
                            pictures.size() == 1 ? "1 image" : pictures.size() + " images",
                            request.sampler(),
                            request.steps(),
                            (System.nanoTime() - start) / 1e9));
        }
        return 0;
    }

    private SampleRequest request(DiffusionPipeline pipeline) {
        ClassLabels classes = pipeline.classLabels();
        if (labels == null) {
            return spreadOverAll(classes.all());
        }
        if (labels.equals(NO_CLASS) && classes.names().stream().noneMatch(NO_CLASS::equalsIgnoreCase)) {
            return requested(images == null ? DEFAULT_IMAGES : images, List.of());
        }
        List<Integer> wanted = parsed(classes);
        return requested(images == null ? DEFAULT_IMAGES_A_LABEL * wanted.size() : images, wanted);
    }

    private List<Integer> parsed(ClassLabels classes) {
        try {
            return classes.parse(labels);
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException("--" + e.getMessage(), e);
        }
    }

    /** As training draws its grids; a model without classes has nothing to spread over. */
    private SampleRequest spreadOverAll(List<Integer> classes) {
        int count = images == null ? DEFAULT_IMAGES : images;
        return requested(count, classes.subList(0, Math.min(count, classes.size())));
    }

    /** Says which classes are drawn, where that wasn't asked for. */
    private void explain(SampleRequest request, int classes) {
        if (labels != null || request.labels().isEmpty()) {
            return;
        }
        long drawn = request.labels().stream().distinct().count();
        spec.commandLine()
                .getErr()
                .println(String.format(
                        Locale.ROOT,
                        "--labels: none given; %s spread over %s %d classes",
                        request.images() == 1 ? "1 image is" : request.images() + " images are",
                        drawn < classes ? "the first " + drawn + " of" : "all",
                        classes));
    }

    private SampleRequest requested(int count, List<Integer> classes) {
        try {
            SampleRequest.Builder request = SampleRequest.images(count)
                    .seed(seed)
                    .sampler(sampler)
                    .steps(steps)
                    .eta(eta)
                    .guidanceScale(guidance)
                    .useClippedModelOutput(clippedEpsilon)
                    .timestepSpacing(spacing);
            return (classes.isEmpty() ? request : request.spread(classes)).build();
        } catch (IllegalArgumentException e) {
            // A request's values have the names of the options that they come from.
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Before the pictures are drawn, which may take long. */
    private void requireScale(SampleRequest request, SampleSize size) {
        try {
            ImageGrid.requireScale(scale, request.images(), size.height(), size.width());
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
            String label = picture.label() == null ? "" : "-label" + picture.label();
            picture.writePng(place.path().resolve(String.format(Locale.ROOT, "%05d%s.png", i, label)));
        }
    }
}
