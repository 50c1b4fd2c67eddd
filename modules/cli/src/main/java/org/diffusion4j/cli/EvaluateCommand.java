package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureOptionsBuilder;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.evaluate.Evaluation;
import org.diffusion4j.training.evaluate.EvaluationText;
import org.diffusion4j.training.evaluate.Evaluator;
import org.diffusion4j.training.evaluate.InceptionEvaluator;
import org.diffusion4j.training.evaluate.ModelComparison;
import org.diffusion4j.training.evaluate.RealPictures;
import org.diffusion4j.training.evaluate.inception.InceptionV3;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Judges a model by its pictures. */
@Command(
        name = "evaluate",
        customSynopsis = {
            "diffusion4j evaluate --model=MODEL --data=PATH [OPTIONS]",
            "diffusion4j evaluate --compare=MODEL[,MODEL...] --data=PATH [OPTIONS]"
        },
        description = {
            "Compares a model's pictures with real ones.",
            "",
            "Prints how many show the class that they were drawn for, and how far all of them are from the real ones"
                    + " (Fréchet distance and kernel distance: FID and KID in the features of the classifier below), how many"
                    + " of them could be real and how many real ones could be among them (precision and recall). A small classifier judges, which learns from half of the real pictures; the"
                    + " figures of the other half stand beside the model's, as what a perfect model would come to. Compare"
                    + " distances only where the real pictures and the number of images are the same.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  diffusion4j evaluate --model mine --data my-pictures --images 500",
            "  diffusion4j evaluate --model mine --data pets --sampler unipc --steps 10",
            "  diffusion4j evaluate --compare mine,yours --data pets --steps 4,8,20",
            "  diffusion4j evaluate --model mine --data pets --features inception:weights.pth"
        })
final class EvaluateCommand implements Callable<Integer> {
    private static final String INCEPTION = "inception:";
    /** As publications have it. */
    private static final int INCEPTION_IMAGES = 50_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EvaluatedModels models;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "Real pictures with classes: a folder or an archive (zip, tar, tar.gz), of which the"
                    + " split train is taken where there are splits. For a model that draws by text, with texts.")
    private Path data;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = "label",
            description = "The column of the metadata that is the class (default: ${DEFAULT-VALUE}).")
    private String labelColumn;

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
        models.check(sampling.sampler(), sampling.allSteps());
        List<Integer> numbers = sampling.allSteps().isEmpty() ? Collections.singletonList(null) : sampling.allSteps();
        numbers.forEach(number -> new Drawing(sampling.sampler(), number, 2, Map.of()).byClasses());
        engine.kind().resolve(precision.value());
        Path weights = inception();
        OutputPlace place = models.out();
        Map<String, EvaluatedModel> opened = new LinkedHashMap<>();
        models.names()
                .forEach(name -> opened.put(name, EvaluatedModel.open(models.located(name), engine, precision, spec)));
        EvaluatedModel first = opened.values().iterator().next();
        try (ShownStages progress = new ShownStages(spec.commandLine().getErr())) {
            if (weights != null) {
                published(opened, open(options(first)), weights, place, progress, start);
            } else {
                classified(opened, first, place, progress, start);
            }
        }
        return 0;
    }

    private void classified(
            Map<String, EvaluatedModel> opened,
            EvaluatedModel first,
            OutputPlace place,
            ShownStages progress,
            long start) {
        PictureFolder train = open(options(first));
        PictureFolder held = heldOut == null ? null : open(options(first).split(heldOut));
        Map<String, String> captions = new HashMap<>(train.captions());
        if (held != null) {
            captions.putAll(held.captions());
        }
        RealPictures real = held == null ? RealPictures.halves(train) : new RealPictures(train, held);
        try (Evaluator evaluator = new Evaluator(real, progress)) {
            int count = images == null ? evaluator.defaultImages() : images;
            if (models.isComparison()) {
                comparison(place)
                        .print(
                                opened,
                                (sampler, steps) -> new Drawing(sampler, steps, count, captions),
                                (compared, done) -> ModelComparison.of(evaluator, compared, done));
            } else {
                Evaluation evaluation = evaluator.evaluate(
                        first.judged(new Drawing(sampling.sampler(), sampling.steps(), count, captions)));
                double seconds = seconds(start);
                print(
                        json
                                ? List.of(EvaluationText.json(evaluation, seconds))
                                : EvaluationText.lines(evaluation, seconds));
            }
        }
    }

    private PrintedComparison comparison(OutputPlace place) {
        return new PrintedComparison(
                models.samplers(sampling.sampler()),
                sampling.allSteps(),
                json,
                place,
                spec.commandLine().getOut());
    }

    private void print(List<String> lines) {
        lines.forEach(spec.commandLine().getOut()::println);
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

    private void published(
            Map<String, EvaluatedModel> opened,
            PictureFolder real,
            Path weights,
            OutputPlace place,
            ShownStages progress,
            long start) {
        int count = images == null ? INCEPTION_IMAGES : images;
        try (InceptionV3 network = InceptionV3.open(weights, engine.threads())) {
            InceptionEvaluator evaluator = new InceptionEvaluator(
                    real,
                    network,
                    stage -> progress.show(
                            switch (stage) {
                                case LOOKING -> "InceptionV3 looks at the real pictures";
                                case DRAWING -> "the model draws";
                            }));
            if (models.isComparison()) {
                comparison(place)
                        .print(
                                opened,
                                (sampler, steps) -> new Drawing(sampler, steps, count, real.captions()),
                                (compared, done) -> ModelComparison.of(evaluator, compared, done));
                return;
            }
            EvaluatedModel only = opened.values().iterator().next();
            InceptionEvaluator.Figures figures = evaluator.evaluate(
                    only.judged(new Drawing(sampling.sampler(), sampling.steps(), count, real.captions())));
            double seconds = seconds(start);
            print(json ? List.of(EvaluationText.json(figures, seconds)) : EvaluationText.lines(figures, seconds));
        }
    }

    /** What is asked for by the options, with one sampler and one number of steps, each of which may be null. */
    private final class Drawing implements EvaluatedModel.Wanted {
        private final SchedulerKind sampler;
        private final Integer steps;
        private final int count;
        private final Map<String, String> captions;

        Drawing(SchedulerKind sampler, Integer steps, int count, Map<String, String> captions) {
            this.sampler = sampler;
            this.steps = steps;
            this.count = count;
            this.captions = captions;
        }

        @Override
        public SampleRequest byClasses() {
            return checked(() -> sampling.set(SampleRequest.images(count).seed(seed), sampler, steps)
                    .build());
        }

        @Override
        public PromptRequest byText(List<String> texts) {
            return checked(() -> sampling.set(PromptRequest.of(texts).seed(seed), sampler, steps)
                    .guidanceScale(sampling.guidance())
                    .build());
        }

        @Override
        public int images() {
            return count;
        }

        @Override
        public Map<String, String> captions() {
            return captions;
        }
    }

    private <T> T checked(Supplier<T> request) {
        try {
            return request.get();
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private PictureOptionsBuilder options(EvaluatedModel model) {
        SampleSize size = model.requireSize();
        return PictureOptions.builder(size.height(), size.width())
                .grey(model.channels() == 1)
                .labelColumn(labelColumn)
                .threads(engine.threads());
    }

    private PictureFolder open(PictureOptionsBuilder options) {
        PictureFolder pictures = PictureFolder.open(data, options.build());
        if (!pictures.report().broken().isEmpty()) {
            spec.commandLine().getErr().println(data + ": " + pictures.report());
        }
        pictures.report().notes().forEach(spec.commandLine().getErr()::println);
        return pictures;
    }
}
