package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureOptionsBuilder;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.evaluate.Evaluation;
import org.diffusion4j.training.evaluate.EvaluationText;
import org.diffusion4j.training.evaluate.Evaluator;
import org.diffusion4j.training.evaluate.InceptionEvaluator;
import org.diffusion4j.training.evaluate.RealPictures;
import org.diffusion4j.training.evaluate.inception.InceptionV3;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Judges a model by its pictures. */
@Command(
        name = "evaluate",
        customSynopsis = "diffusion4j evaluate --model=MODEL --data=PATH [OPTIONS]",
        description = {
            "Compares a model's pictures with real ones.",
            "",
            "Prints how many show the class that they were drawn for, and how far all of them are from the real ones"
                    + " (Fréchet distance and kernel distance: FID and KID in the features of the classifier below). A"
                    + " small classifier judges, which learns from half of the real pictures; the"
                    + " figures of the other half stand beside the model's, as what a perfect model would come to. Compare"
                    + " distances only where the real pictures and the number of images are the same.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  diffusion4j evaluate --model mine --data my-pictures --images 500",
            "  diffusion4j evaluate --model mine --data pets --sampler unipc --steps 10",
            "  diffusion4j evaluate --model mine --data pets --features inception:weights.pth"
        })
final class EvaluateCommand implements Callable<Integer> {
    private static final String INCEPTION = "inception:";
    /** As publications have it. */
    private static final int INCEPTION_IMAGES = 50_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "Real pictures with classes: a folder or an archive (zip, tar, tar.gz), of which the"
                    + " split train is taken where there are splits.")
    private Path data;

    @Option(
            names = "--held-out",
            paramLabel = "SPLIT",
            description =
                    "The split of --data that the classifier doesn't learn from, such as test (default: half of the split"
                            + " train).")
    private String heldOut;

    @Option(
            names = "--images",
            paramLabel = "N",
            description =
                    "How many pictures to draw, at least 2 (default: 1000, or as many as there are real ones held out if"
                            + " fewer).")
    private Integer images;

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "0",
            description = "Picture i is drawn from seed K + i (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--features",
            paramLabel = "inception:FILE",
            description =
                    "Measure the published distances in place of these (FID and KID in InceptionV3's features, against all"
                            + " pictures of the split): FILE has its weights, pt_inception-2015-12-05-6726825d.pth. 50,000 images"
                            + " are drawn then by default, as in publications.")
    private String features;

    @Mixin
    private SamplingOptions sampling;

    @Mixin
    private EngineOption engine;

    /** A seed gives diffusers' picture in float32. */
    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.FP32);

    @Option(names = "--json", description = "Print the figures in one line of JSON, those of each class too.")
    private boolean json;

    @Override
    public Integer call() {
        long start = System.nanoTime();
        if (images != null && images < 2) {
            throw new ParameterException(spec.commandLine(), "--images: expected at least 2, found " + images);
        }
        // Errors that don't depend on the model are reported before it is read.
        request(2);
        engine.kind().resolve(precision.value());
        Path weights = inception();
        DiffusersModel read = model.read();
        if (weights != null) {
            published(read, weights, start);
            return 0;
        }
        RealPictures real = real(read);
        Evaluation evaluation;
        try (ShownStages progress = new ShownStages(spec.commandLine().getErr());
                Evaluator evaluator = new Evaluator(real, progress)) {
            evaluation = evaluator.evaluate(
                    read,
                    request(images == null ? evaluator.defaultImages() : images),
                    graph -> precision.open(engine, graph));
        }
        double seconds = seconds(start);
        List<String> lines =
                json ? List.of(EvaluationText.json(evaluation, seconds)) : EvaluationText.lines(evaluation, seconds);
        lines.forEach(spec.commandLine().getOut()::println);
        return 0;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** The file of InceptionV3's weights; null if they aren't asked for. */
    private Path inception() {
        if (features == null) {
            return null;
        }
        if (!features.startsWith(INCEPTION) || features.length() == INCEPTION.length()) {
            throw new ParameterException(
                    spec.commandLine(), "--features: expected inception:FILE, found '" + features + "'");
        }
        if (heldOut != null) {
            throw new ParameterException(
                    spec.commandLine(), "--held-out: expected no --features beside it, found " + features);
        }
        return Path.of(features.substring(INCEPTION.length()));
    }

    private void published(DiffusersModel read, Path weights, long start) {
        InceptionEvaluator.Figures figures;
        try (InceptionV3 network = InceptionV3.open(weights, engine.threads());
                ShownStages progress = new ShownStages(spec.commandLine().getErr())) {
            InceptionEvaluator evaluator = new InceptionEvaluator(
                    open(options(read).build()),
                    network,
                    stage -> progress.show(
                            switch (stage) {
                                case LOOKING -> "InceptionV3 looks at the real pictures";
                                case DRAWING -> "the model draws";
                            }));
            figures = evaluator.evaluate(
                    read, request(images == null ? INCEPTION_IMAGES : images), graph -> precision.open(engine, graph));
        }
        double seconds = seconds(start);
        List<String> lines =
                json ? List.of(EvaluationText.json(figures, seconds)) : EvaluationText.lines(figures, seconds);
        lines.forEach(spec.commandLine().getOut()::println);
    }

    private SampleRequest request(int count) {
        try {
            return sampling.set(SampleRequest.images(count).seed(seed)).build();
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private RealPictures real(DiffusersModel read) {
        PictureOptionsBuilder options = options(read);
        PictureFolder train = open(options.build());
        return heldOut == null
                ? RealPictures.halves(train)
                : new RealPictures(train, open(options.split(heldOut).build()));
    }

    private PictureOptionsBuilder options(DiffusersModel read) {
        SampleSize size = read.config().sampleSize();
        if (size == null) {
            throw new Diffusion4jException("config.json, 'sample_size': expected a size to draw at, found null");
        }
        return PictureOptions.builder(size.height(), size.width())
                .grey(read.config().inChannels() == 1)
                .threads(engine.threads());
    }

    private PictureFolder open(PictureOptions options) {
        PictureFolder pictures = PictureFolder.open(data, options);
        if (!pictures.report().broken().isEmpty()) {
            spec.commandLine().getErr().println(data + ": " + pictures.report());
        }
        pictures.report().notes().forEach(spec.commandLine().getErr()::println);
        return pictures;
    }

    /** Shows one stage after another, each with its own progress. */
    private static final class ShownStages implements Function<Evaluator.Stage, Progress>, AutoCloseable {
        private final PrintWriter err;
        private ShownProgress progress;

        ShownStages(PrintWriter err) {
            this.err = err;
        }

        @Override
        public Progress apply(Evaluator.Stage stage) {
            return show(
                    switch (stage) {
                        case NETWORK -> "the classifier learns";
                        case DRAWING -> "the model draws";
                    });
        }

        Progress show(String stage) {
            close();
            err.println(stage);
            progress = ShownProgress.on(err);
            return progress;
        }

        @Override
        public void close() {
            if (progress != null) {
                progress.close();
                progress = null;
            }
        }
    }
}
