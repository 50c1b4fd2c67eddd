package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.graph.texttoimage.TextToImageGraph;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.pipeline.MemoryEstimate;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.training.run.TrainingTask;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.AvailableMemory;
import org.diffusion4j.weights.lora.LoraWriter;
import org.diffusion4j.weights.tensor.ArraysSum;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains a model that draws what texts say, with an autoencoder's latents or with pixels: its networks, whose result is a
 * pipeline's folder, or an adapter of low rank beside them, whose result is the adapter's file in two forms. What doesn't learn is run
 * once for each picture and caption, before the first step.
 *
 * @param parts the model, in a folder or in a single file
 * @param pictures what it learns, whose views are the same in each epoch if there is an autoencoder
 * @param mirrored whether each picture is also learned as in a mirror, if there is an autoencoder; otherwise the pictures decide
 * @param captions the pictures' texts
 * @param plan how it is trained; its label dropout is the share of captions that are replaced by an empty one, and the names of
 *     what it freezes begin with {@code unet.} or {@code text_encoder.}
 * @param learning what learns
 * @param prompts what the pictures show that are drawn meanwhile; empty for some of the captions
 * @param prior what the model must not forget; null for nothing
 * @param distillation what teaches it to draw in few steps; null for nothing
 */
@RecordBuilder
public record PromptTask(
        PipelineParts parts,
        PictureSource pictures,
        boolean mirrored,
        Captions captions,
        TrainingPlan plan,
        Learning learning,
        List<String> prompts,
        Prior prior,
        PromptDistillation distillation)
        implements TrainingTask {
    /** Copies the list. */
    public PromptTask {
        prompts = List.copyOf(prompts);
    }

    /**
     * A task without prior pictures, and without a teacher.
     *
     * @param parts see the record
     * @param pictures see the record
     * @param mirrored see the record
     * @param captions see the record
     * @param plan see the record
     * @param learning see the record
     * @param prompts see the record
     */
    public PromptTask(
            PipelineParts parts,
            PictureSource pictures,
            boolean mirrored,
            Captions captions,
            TrainingPlan plan,
            Learning learning,
            List<String> prompts) {
        this(parts, pictures, mirrored, captions, plan, learning, prompts, null, null);
    }

    /** The U-Net's options. */
    UNet2DConditionConfig unet() {
        return parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class);
    }

    /** The text encoder's options if it learns, otherwise null. */
    ClipTextConfig textEncoder() {
        return learning.textEncoder() ? parts.config(PipelineFolder.TEXT_ENCODER, ClipTextConfig.class) : null;
    }

    boolean hasAutoencoder() {
        return parts.has(PipelineFolder.VAE);
    }

    /** How many pixels a sample's number stands for in each direction. */
    int factor() {
        return factor(parts);
    }

    private static int factor(PipelineParts parts) {
        return parts.has(PipelineFolder.VAE)
                ? parts.config(PipelineFolder.VAE, AutoencoderKLConfig.class).sizeFactor()
                : 1;
    }

    /**
     * What the sides of pictures must be multiples of.
     *
     * @param parts a model
     * @return in pixels; 64 for Stable Diffusion 1 and 2, 32 for XL
     */
    public static int sizeMultiple(PipelineParts parts) {
        UNet2DConditionConfig unet = parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class);
        return factor(parts) << (unet.blockOutChannels().size() - 1);
    }

    /** The size of what the U-Net sees. */
    SampleSize sampleSize() {
        return new SampleSize(pictures.height() / factor(), pictures.width() / factor());
    }

    PromptNetwork.Shape shape(PromptTexts texts) {
        UNet2DConditionConfig unet = unet();
        ClipTextConfig textEncoder = textEncoder();
        LoraBranches branches = new LoraBranches(Map.of());
        if (learning instanceof Learning.Adapter adapter) {
            try {
                branches = adapter.targets().of(TextToImageGraph.shapes(unet, textEncoder));
            } catch (IllegalArgumentException e) {
                throw new Diffusion4jException("lora-layers: " + e.getMessage(), e);
            }
        }
        return new PromptNetwork.Shape(unet, textEncoder, texts.length(), branches, learning);
    }

    /** The pictures that are drawn meanwhile. */
    PromptGrid grid(int images) {
        List<String> shown = prompts;
        if (shown.isEmpty()) {
            List<String> all = captions.distinct();
            int count = Math.min(images, all.size());
            shown = IntStream.range(0, count)
                    .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                    .toList();
        }
        return new PromptGrid(shown, new SampleSize(pictures.height(), pictures.width()));
    }

    @Override
    public long check(RunOptions options) {
        UNet2DConditionConfig unet = unet();
        requireGiven(
                parts.has(PipelineFolder.TEXT_ENCODER),
                parts.place().toString(),
                "a model with a text encoder",
                "none");
        requireGiven(
                !learning.textEncoder() || !parts.has(PipelineFolder.TEXT_ENCODER_2),
                "training",
                "one text encoder, as it is to learn, too",
                "two");
        SchedulerConfig scheduler = plan.predicting(parts.scheduler());
        requireGiven(
                scheduler instanceof BetaSchedulerConfig,
                "training",
                "a scheduler with a table of betas, as the noise of a training step is one of its",
                scheduler.kind().className());
        if (distillation != null) {
            checkDistillation(scheduler.noise().length());
        }
        checkPictures("size", pictures);
        if (prior != null) {
            checkPictures("prior", prior.pictures());
            requireGiven(
                    prior.pictures().channels() == pictures.channels(),
                    "prior",
                    "pictures of " + pictures.channels() + " channels, as those that are learned",
                    prior.pictures().channels());
        }
        int channels = hasAutoencoder()
                ? parts.config(PipelineFolder.VAE, AutoencoderKLConfig.class).latentChannels()
                : pictures.channels();
        requireGiven(
                unet.inChannels() == channels && unet.outChannels() == channels,
                parts.configFile(PipelineFolder.UNET).toString(),
                "in_channels and out_channels " + channels + ", as there are so many to learn",
                unet.inChannels() + " and " + unet.outChannels());
        requireGiven(
                unet.timeCondProjDim() == null && unet.classEmbedType() == null && unet.numClassEmbeds() == null,
                parts.configFile(PipelineFolder.UNET).toString(),
                "a network that is told a text only",
                "one that is told a guidance or a class, too");
        PromptTexts texts = PromptTexts.of(parts);
        PromptNetwork.Shape shape = shape(texts);
        checkFrozen(shape);
        return checkMemory(shape, options);
    }

    private void checkDistillation(int length) {
        distillation.method().check(plan, length);
        requireGiven(
                pictures.buckets().size() == 1,
                "buckets",
                "pictures of one size, for which the teacher is in memory",
                "those of " + pictures.buckets().size());
        requireGiven(
                plan.prediction() == null
                        || plan.prediction() == parts.scheduler().predictionType(),
                "prediction",
                parts.scheduler().predictionType().configName() + ", as the teacher's, where there is one",
                plan.prediction() == null ? null : plan.prediction().configName());
        requireGiven(
                !learning.textEncoder(),
                "text-encoder",
                "one that stays as it is, where there is a teacher",
                "one that learns");
        requireGiven(prior == null, "prior", "none where there is a teacher, who forgets nothing", "some");
    }

    private void checkPictures(String what, PictureSource source) {
        int multiple = sizeMultiple(parts);
        for (PictureSource bucket : source.buckets()) {
            requireGiven(
                    bucket.height() % multiple == 0 && bucket.width() % multiple == 0,
                    what,
                    "a multiple of " + multiple + ", as the model halves pictures so often",
                    bucket.width() + "x" + bucket.height());
        }
    }

    private void checkFrozen(PromptNetwork.Shape shape) {
        Map<String, long[]> shapes = TextToImageGraph.shapes(shape.unet(), shape.textEncoder());
        for (String pattern : plan.frozen()) {
            requireGiven(
                    shapes.keySet().stream().anyMatch(name -> name.matches(pattern)),
                    "freeze",
                    "a parameter whose name matches '" + pattern + "', such as "
                            + shapes.keySet().iterator().next(),
                    "none");
        }
        requireGiven(
                shapes.keySet().stream().anyMatch(plan::trains), "freeze", "a parameter that isn't frozen", "none");
    }

    private long checkMemory(PromptNetwork.Shape shape, RunOptions options) {
        if (options.engine().here() != EngineKind.ONEDNN) {
            return 0; // SameDiff's is known when it runs
        }
        long available = AvailableMemory.bytes();
        long needed = needed(shape, options, plan.batchSize(), options.checkpointing());
        if (needed <= available) {
            return needed;
        }
        String remedy = "a smaller size, or a part of the network by --freeze or --lora-rank, takes less";
        if (!options.checkpointing() && needed(shape, options, plan.batchSize(), true) <= available) {
            remedy = "--checkpointing takes less";
        } else if (plan.batchSize() > 1 && needed(shape, options, 1, true) <= available) {
            remedy = "--batch 1 --accumulation " + plan.batchSize() * plan.accumulation()
                    + " --checkpointing takes less";
        }
        throw new Diffusion4jException(String.format(
                Locale.ROOT,
                "memory: expected at most %.1f GB, found that a step takes about %.1f GB; %s",
                available / 1e9,
                needed / 1e9,
                remedy));
    }

    private long needed(PromptNetwork.Shape shape, RunOptions options, int batch, boolean checkpointing) {
        return memory(shape, options, batch, checkpointing).bytes() + teacher(shape, options, batch);
    }

    /** What a teacher takes beside, who sees a batch with its texts and without. */
    private long teacher(PromptNetwork.Shape shape, RunOptions options, int batch) {
        if (distillation == null) {
            return 0;
        }
        MemoryEstimate teacher = MemoryEstimate.forward(
                shape.unet(),
                shape.teacher(largest()),
                distillation.guidance() == 1 ? batch : 2 * batch,
                options.threads(),
                options.engine().resolve(options.precision()));
        return teacher.weights() + teacher.activations();
    }

    /** The largest samples that go through the network at once. */
    private SampleSize largest() {
        return Stream.concat(Stream.of(pictures), Stream.ofNullable(prior).map(Prior::pictures))
                .flatMap(source -> source.buckets().stream())
                .map(bucket -> new SampleSize(bucket.height() / factor(), bucket.width() / factor()))
                .max(Comparator.comparingLong(size -> (long) size.height() * size.width()))
                .orElseThrow();
    }

    /** What a step takes of this machine: other buckets' engines are closed where they leave no room. */
    private MemoryEstimate memory(PromptNetwork.Shape shape, RunOptions options, int batch, boolean checkpointing) {
        TextToImageGraph graph = shape.graph(largest());
        SameDiff planned = graph.sharedWeights(graph.initialWeights(0)).build();
        return MemoryEstimate.training(
                planned,
                UNet2DConditionGraph.OUTPUT,
                batch,
                options.threads(),
                options.engine().resolve(options.precision()),
                name -> shape.trains(name, plan),
                checkpointing);
    }

    @Override
    public boolean readsFrom(Path folder) {
        return pictures.readsFrom(folder) || (prior != null && prior.pictures().readsFrom(folder));
    }

    @Override
    public RunDescription.Subject subject() {
        ObjectNode network = JsonNodeFactory.instance.objectNode();
        network.put("model", parts.className());
        network.put("learning", learning.toString());
        network.put("mirrored", Boolean.toString(mirrored));
        if (distillation != null) {
            network.put("distillation", distillation.toString());
        }
        ObjectNode scheduler = JsonNodeFactory.instance.objectNode();
        new TreeMap<>(parts.schedulerKeys()).forEach((key, value) -> scheduler.put(key, String.valueOf(value)));
        Map<String, String> source = new LinkedHashMap<>(RunDescription.Subject.pictures(pictures));
        source.put("captions", captions.sum());
        if (prior != null) {
            network.put("prior_weight", prior.weight());
            RunDescription.Subject.pictures(prior.pictures())
                    .forEach((key, value) -> source.put("prior_" + key, value));
            source.put("prior_captions", prior.captions().sum());
        }
        return new RunDescription.Subject(network, scheduler, source, sum());
    }

    /** The sum of all networks that are run. */
    private String sum() {
        return sum(part -> !part.startsWith(PipelineFolder.CONTROLNET));
    }

    /** The sum of the text encoders. */
    String textSum() {
        return sum(part -> part.startsWith(PipelineFolder.TEXT_ENCODER));
    }

    private String sum(Predicate<String> wanted) {
        return parts.parts().keySet().stream()
                .filter(part -> parts.isNetwork(part) && wanted.test(part))
                .map(part -> sum(parts, part))
                .collect(Collectors.joining(" "));
    }

    /** The sum of a network's weights. */
    static String sum(PipelineParts parts, String part) {
        try (Component<NetworkConfig> network = parts.network(part, NetworkConfig.class)) {
            Map<String, WeightTensor> tensors = network.tensors();
            return ArraysSum.ofTensors(tensors);
        }
    }

    @Override
    public void tryToWrite(Path folder) {
        DiffusersFolder.tryToWrite(folder);
    }

    @Override
    public Learner begin(Path checkpoint, Path folder, RunOptions options, Consumer<String> listener) {
        return PromptLearner.open(this, folder, options, listener);
    }

    @Override
    public TrainedModel read(Path checkpoint) {
        PromptGrid grid = grid(Integer.MAX_VALUE);
        return learning instanceof Learning.Adapter
                ? new SavedAdapter(scheduled(Map.of()), checkpoint.resolve(LoraWriter.DIFFUSERS_NAME), grid)
                : new PipelineModel(PipelineFolder.open(checkpoint), grid, () -> {});
    }

    /** The pipeline with some other weights, and the scheduler of what learns. */
    PipelineParts scheduled(Map<String, INDArray> weights) {
        return new ChangedParts(parts, weights, plan.schedulerChanges(), distillation);
    }
}
