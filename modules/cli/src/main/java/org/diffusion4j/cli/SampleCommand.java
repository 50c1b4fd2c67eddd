package org.diffusion4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.weights.DiffusersModel;
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
            description = "Classes to draw, such as 0-9 or 3,5, by number or by name; the pictures are spread over them"
                    + " in order, a row each in the grid.")
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

    @Override
    public Integer call() {
        long start = System.nanoTime();
        OutputPlace place = OutputPlace.fileOrFolder("--out", ".png", out);
        // What is wrong whatever the model is, is said before it is read.
        requested(images == null ? DEFAULT_IMAGES : images, List.of());
        DiffusersModel read = model.read();
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(read, graph -> precision.open(engine, graph))) {
            SampleRequest request = pipeline.complete(request(read));
            List<GeneratedImage> pictures;
            try (SamplingProgress progress =
                    SamplingProgress.on(spec.commandLine().getErr())) {
                pictures = pipeline.sample(request, progress);
            }
            write(pictures, place);
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

    private SampleRequest request(DiffusersModel read) {
        if (labels == null) {
            return requested(images == null ? DEFAULT_IMAGES : images, List.of());
        }
        List<Integer> classes = new Labels(read.settings().classNames(), classes(read)).parse(labels);
        return requested(images == null ? DEFAULT_IMAGES_A_LABEL * classes.size() : images, classes);
    }

    /** Without the one that stands for no class: its number asks for nothing that leaving out the labels doesn't. */
    private static Integer classes(DiffusersModel read) {
        Integer embeddings = read.config().numClassEmbeds();
        Integer none = read.settings().nullClass();
        return embeddings != null && none != null && none == embeddings - 1 ? none : embeddings;
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

    private static void write(List<GeneratedImage> pictures, OutputPlace place) {
        place.makeFolder();
        if (!place.isFolder()) {
            ImageGrid.of(pictures).writePng(place.path());
            return;
        }
        for (int i = 0; i < pictures.size(); i++) {
            GeneratedImage picture = pictures.get(i);
            String label = picture.label() == null ? "" : "-label" + picture.label();
            picture.writePng(place.path().resolve(String.format(Locale.ROOT, "%05d%s.png", i, label)));
        }
    }
}
