package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.graph.lora.LoraTargets;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.prompt.Captions;
import org.diffusion4j.training.prompt.Learning;
import org.diffusion4j.training.prompt.NewPromptModel;
import org.diffusion4j.training.prompt.Prior;
import org.diffusion4j.training.prompt.PriorPictures;
import org.diffusion4j.training.prompt.PromptTask;
import org.diffusion4j.training.prompt.PromptTaskBuilder;
import org.diffusion4j.training.prompt.TextShape;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.weights.singlefile.SingleFileOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of training a model that reads texts. */
final class TextTrainingOptions {
    private static final TextShape DEFAULT_TEXT = new TextShape(128, 2, 16);
    /** That of kohya's scripts, for pictures from here on. */
    private static final int USUAL_STEP = 64;

    private static final long LARGE = 256;
    /** The folder of the model that a new one begins as, in the run's. */
    private static final String INITIAL = "initial";
    /** What draws well by captions, of which a tenth were left out. */
    private static final ModelSettings SETTINGS = new ModelSettings(
            List.of(),
            null,
            new ModelSettings.Sampling(
                    SchedulerKind.DDIM,
                    50,
                    3.0,
                    Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true)));

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--text",
            description =
                    "Train a new model that draws what a text says, from the pictures' captions (the column text of their"
                            + " metadata, or NAME.txt beside a picture); a model that reads texts does so anyway.")
    private boolean text;

    @Option(
            names = "--text-width",
            paramLabel = "N",
            description = "Width of a new text encoder, a multiple of 32 (default: 128).")
    private Integer textWidth;

    @Option(names = "--text-layers", paramLabel = "N", description = "Layers of a new text encoder (default: 2).")
    private Integer textLayers;

    @Option(
            names = "--text-length",
            paramLabel = "N",
            description = "Longest text of a new model, in tokens (default: 16).")
    private Integer textLength;

    @Option(
            names = "--caption",
            paramLabel = "TEXT",
            description = "Caption of pictures that have none, such as \"a photo of sks dog\".")
    private String caption;

    @Option(
            names = "--text-encoder",
            description = "Let the text encoder learn, too (default: it does in a new model only).")
    private boolean textEncoder;

    @Option(
            names = "--lora-rank",
            paramLabel = "R",
            description =
                    "Train an adapter of this rank, such as 8, in place of the model, which stays as it is; --out gets the adapter"
                            + " for diffusers and for web interfaces.")
    private Integer loraRank;

    @Option(names = "--lora-alpha", paramLabel = "A", description = "The adapter is multiplied by A / R (default: R).")
    private Double loraAlpha;

    @Option(
            names = "--lora-layers",
            paramLabel = "NAME,…",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Which layers the adapter changes: attention, linear (of transformers: attention, projections and feed-forward),"
                            + " or ends of layers' names such as to_q (default: attention).")
    private List<String> loraLayers;

    @Option(
            names = "--buckets",
            description =
                    "Learn pictures in their own proportions: each is resized and cropped to that of several sizes, of about the area"
                            + " of --size, which cuts off the least; a batch is of one size.")
    private boolean buckets;

    @Option(
            names = "--bucket-step",
            paramLabel = "N",
            description =
                    "With --buckets, what the sides of these sizes are multiples of (default: 64, or the least that the model takes if"
                            + " it draws pictures below 256).")
    private Integer bucketStep;

    @Mixin
    private PriorOptions prior;

    @Option(
            names = "--sample-prompt",
            paramLabel = "TEXT",
            description = "What sample pictures show; may be given several times (default: some of the captions).")
    private List<String> samplePrompts = List.of();

    /** Whether a new model is to read texts. */
    boolean isNew() {
        return text;
    }

    /** The usual decay of the average: an adapter learns for too few steps. */
    double usualAverage() {
        return loraRank != null ? 0 : 0.9999;
    }

    /** Refuses options that have no effect, as the model doesn't read texts. */
    void requireNone(String model) {
        String given = Stream.of(
                        name(textWidth != null, "--text-width"),
                        name(textLayers != null, "--text-layers"),
                        name(textLength != null, "--text-length"),
                        name(caption != null, "--caption"),
                        name(textEncoder, "--text-encoder"),
                        loraGiven(),
                        prior.given(),
                        name(buckets, "--buckets"),
                        name(bucketStep != null, "--bucket-step"),
                        name(!samplePrompts.isEmpty(), "--sample-prompt"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        if (given != null) {
            throw fault(given + ": expected a model that reads texts, found " + model);
        }
    }

    /** Refuses prior pictures, which a student has no use for: its teacher is the model itself. */
    void requireNoPrior() {
        if (prior.given() != null) {
            throw fault(prior.given() + ": expected none with --distill, whose teacher forgets nothing, found some");
        }
    }

    private static String name(boolean given, String option) {
        return given ? option : null;
    }

    private String loraGiven() {
        return loraRank != null
                ? "--lora-rank"
                : loraAlpha != null ? "--lora-alpha" : loraLayers != null ? "--lora-layers" : null;
    }

    private ParameterException fault(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    private TextShape shape() {
        try {
            return new TextShape(
                    textWidth == null ? DEFAULT_TEXT.width() : textWidth,
                    textLayers == null ? DEFAULT_TEXT.layers() : textLayers,
                    textLength == null ? DEFAULT_TEXT.length() : textLength);
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }

    /** A new model, whose first weights are written into the run's folder. */
    PromptTask scratch(
            UNetShape network,
            SampleSize size,
            boolean grey,
            PictureInput input,
            TrainingPlan plan,
            Path folder,
            PrintWriter err) {
        if (loraGiven() != null) {
            throw fault(loraGiven() + ": expected --model, beside which an adapter is trained, found none");
        }
        if (prior.given() != null) {
            throw fault(prior.given() + ": expected --model, which knows such pictures already, found none");
        }
        TextShape shape = shape();
        int step = bucketStep(size, 1 << (network.widths().size() - 1));
        PictureFolder pictures = input.open(size, grey, step, folder, err);
        Captions captions = captions("--data", "--caption", pictures, caption);
        NewPromptModel model = new NewPromptModel(network, shape, size, grey ? 1 : 3, new DdpmConfig(), SETTINGS);
        Path initial = folder.resolve(INITIAL);
        List<String> texts = new ArrayList<>(captions.byName().values());
        Stream.ofNullable(captions.otherwise()).forEach(texts::add);
        PipelineParts parts;
        try {
            if (!Files.isDirectory(initial)) {
                model.write(initial, texts, plan.seed());
            }
            parts = PipelineFiles.open(initial);
            model.requireIn(parts, texts);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("network: " + e.getMessage(), e);
        }
        return new PromptTask(parts, pictures, false, captions, plan, new Learning.Networks(true), samplePrompts);
    }

    /** A model that is trained further, or an adapter beside it. */
    PromptTask fineTuned(
            LocatedModel model,
            PictureInput input,
            TrainingPlan plan,
            RunOptions options,
            Path folder,
            PrintWriter err) {
        prior.check();
        if (textWidth != null || textLayers != null || textLength != null) {
            throw fault("--text-width, --text-layers, --text-length: expected a new model, found one that has its own");
        }
        Learning learning = learning();
        PipelineParts parts = PipelineFiles.open(Path.of(model.place()), SingleFileOptions.NONE, model.preference());
        boolean latents = parts.has(PipelineFolder.VAE);
        UNet2DConditionConfig unet = parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class);
        int factor = latents
                ? parts.config(PipelineFolder.VAE, AutoencoderKLConfig.class).sizeFactor()
                : 1;
        SampleSize usual = unet.sampleSize() == null
                ? null
                : new SampleSize(
                        unet.sampleSize().height() * factor, unet.sampleSize().width() * factor);
        SampleSize size = input.size() == null ? usual : input.size();
        if (size == null) {
            throw fault("--size: expected one, as the model has none, found none");
        }
        int step = bucketStep(size, PromptTask.sizeMultiple(parts));
        boolean grey = !latents && unet.inChannels() == 1;
        PictureFolder pictures =
                latents ? input.openFixed(size, step, folder, err) : input.open(size, grey, step, folder, err);
        Captions captions = captions("--data", "--caption", pictures, caption);
        PromptTask task =
                new PromptTask(parts, pictures, latents && input.flip(), captions, plan, learning, samplePrompts);
        if (prior.folder() == null) {
            return task;
        }
        if (prior.images() > 0) {
            task.check(options); // nothing is drawn for a run that can't begin
            new PriorPictures(parts, size, prior.caption(), plan.seed())
                    .draw(prior.folder(), prior.images(), options, err::println);
        }
        PictureFolder others =
                input.openOthers(PriorOptions.PRIOR, prior.folder(), size, grey, latents, step, folder, err);
        return PromptTaskBuilder.builder(task)
                .prior(new Prior(
                        others,
                        captions(PriorOptions.PRIOR, "--prior-caption", others, prior.caption()),
                        prior.weight()))
                .build();
    }

    /** What the sides of buckets are multiples of; 0 for pictures of one size. */
    private int bucketStep(SampleSize size, int multiple) {
        if (!buckets) {
            if (bucketStep != null) {
                throw fault("--bucket-step: expected --buckets beside it, found none");
            }
            return 0;
        }
        if (bucketStep == null) {
            boolean large = (long) size.height() * size.width() >= LARGE * LARGE;
            return large && USUAL_STEP % multiple == 0 ? USUAL_STEP : multiple;
        }
        if (bucketStep < 1 || bucketStep % multiple != 0) {
            throw fault(String.format(
                    Locale.ROOT,
                    "--bucket-step: expected a multiple of %d, as the model halves pictures so often, found %d",
                    multiple,
                    bucketStep));
        }
        return bucketStep;
    }

    private static Captions captions(String option, String instead, PictureFolder pictures, String otherwise) {
        Captions captions = new Captions(pictures.captions(), otherwise);
        int without = pictures.size() - captions.byName().size();
        if (otherwise == null && without > 0) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected a caption for each of the %,d pictures (text in metadata.jsonl, or NAME.txt), or %s for those"
                            + " without, found %,d without",
                    option,
                    pictures.size(),
                    instead,
                    without));
        }
        return captions;
    }

    private Learning learning() {
        if (loraRank == null) {
            if (loraGiven() != null) {
                throw fault(loraGiven() + ": expected --lora-rank beside it, found none");
            }
            return new Learning.Networks(textEncoder);
        }
        List<String> layers = new ArrayList<>();
        for (String name : loraLayers == null ? List.of("attention") : loraLayers) {
            switch (name) {
                case "attention" -> layers.addAll(LoraTargets.ATTENTION);
                case "linear" -> layers.addAll(LoraTargets.TRANSFORMERS);
                default -> layers.add(name);
            }
        }
        if (textEncoder) {
            layers.addAll(Learning.TEXT_ATTENTION);
        }
        try {
            return new Learning.Adapter(loraRank, loraAlpha == null ? loraRank : loraAlpha, layers, textEncoder);
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }
}
