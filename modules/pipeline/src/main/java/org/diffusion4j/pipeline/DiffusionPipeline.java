package org.diffusion4j.pipeline;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.diffusion.Guidance;
import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.weights.file.AvailableMemory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Draws pictures with a model: a network, a noise schedule, a sampler and guidance. Several threads may use it. The same
 * request gives the same pictures, and image i doesn't depend on the number of images.
 */
public final class DiffusionPipeline implements AutoCloseable {
    private final SamplePlanner planner;
    private final SampleSize size;
    private final NoisePredictor network;
    private final List<String> notes;
    /** The model that is closed with this; null if it belongs to somebody else. */
    private final DiffusersModel own;

    /**
     * Makes a pipeline from its parts.
     *
     * @param config the network's options
     * @param size the size of the pictures, for which the network was built
     * @param scheduler the noise schedule that the network was trained with
     * @param settings the model's classes and best settings
     * @param network the network itself, which is closed with the pipeline
     */
    public DiffusionPipeline(
            UNetConfig config,
            SampleSize size,
            SchedulerConfig scheduler,
            ModelSettings settings,
            NoisePredictor network) {
        this(new SamplePlanner(config, scheduler.kind(), scheduler.toMap(), settings), size, network, List.of(), null);
    }

    private DiffusionPipeline(
            SamplePlanner planner, SampleSize size, NoisePredictor network, List<String> notes, DiffusersModel own) {
        this.planner = planner;
        this.size = size;
        this.network = network;
        this.notes = notes;
        this.own = own;
    }

    /**
     * Loads a pipeline from a diffusers folder, on the fastest engine.
     *
     * @param folder a folder with {@code model_index.json}, {@code unet/} and {@code scheduler/}
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException if something in the folder isn't as it must be
     */
    public static DiffusionPipeline load(Path folder) {
        return load(folder, WeightPreference.USUAL);
    }

    /**
     * Loads a pipeline from a diffusers folder with several files of weights, on the fastest engine.
     *
     * @param folder a folder with {@code model_index.json}; its parts are in folders of their own or beside that
     * @param preference which weights are wanted, such as {@code WeightPreference.variant("fp16")}
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException if something in the folder isn't as it must be, or there are no such weights
     */
    public static DiffusionPipeline load(Path folder, WeightPreference preference) {
        DiffusersModel model = DiffusersFolder.read(folder, preference);
        try {
            return of(model, EngineKind.AUTO::open, model);
        } catch (Diffusion4jException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Makes a pipeline from a model.
     *
     * @param model a model with a scheduler and a sample size; its weights must not change or be closed until the pipeline
     *     is closed
     * @param engine the engine that runs the network
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException if the model has no scheduler or no sample size
     */
    public static DiffusionPipeline of(DiffusersModel model, EngineKind engine) {
        return of(model, engine::open);
    }

    /**
     * Makes a pipeline from a model, on an engine with special settings.
     *
     * @param model a model with a scheduler and a sample size; its weights must not change or be closed until the pipeline
     *     is closed
     * @param engine makes the engine from the network's graph
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException if the model has no scheduler or no sample size
     */
    public static DiffusionPipeline of(DiffusersModel model, Function<SameDiff, NoisePredictor> engine) {
        return of(model, engine, null);
    }

    private static DiffusionPipeline of(
            DiffusersModel model, Function<SameDiff, NoisePredictor> engine, DiffusersModel own) {
        if (model.scheduler() == null) {
            throw new Diffusion4jException("model: expected a scheduler folder beside unet, found a bare U-Net");
        }
        SampleSize size = model.config().sampleSize();
        if (size == null) {
            throw new Diffusion4jException("config.json, 'sample_size': expected a size to draw at, found null");
        }
        NoisePredictor network = engine.apply(
                UNetGraph.of(model.config()).sharedWeights(model.tensors()).build());
        SamplePlanner planner =
                new SamplePlanner(model.config(), model.scheduler().kind(), model.schedulerKeys(), model.settings());
        return new DiffusionPipeline(planner, size, network, model.notes(), own);
    }

    /**
     * The network's options.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        return planner.config();
    }

    /**
     * The names of the model's classes.
     *
     * @return one name per label, from 0 on; empty if the classes have no names, or there are no classes
     */
    public List<String> classNames() {
        return planner.settings().classNames();
    }

    /**
     * The model's classes, which can be found by name, number or range.
     *
     * @return the classes
     */
    public ClassLabels classLabels() {
        return ClassLabels.of(planner.config(), planner.settings());
    }

    /**
     * What was noticed while the model was read: see {@link DiffusersModel#notes}.
     *
     * @return one line per note; usually none
     */
    public List<String> notes() {
        return notes;
    }

    /**
     *
     * Draws pictures.
     *
     * @param request what to draw
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request) {
        return sample(request, Progress.none());
    }

    /**
     * Draws pictures, and reports its progress.
     *
     * @param request what to draw
     * @param progress is called after each step, and counts the steps of all images
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request, Progress progress) {
        return sample(plan(request), progress);
    }

    /**
     * Draws what is planned, and reports its progress.
     *
     * @param plan a plan that {@link #plan} made, or a part of it
     * @param progress is called after each step, and counts the steps of all images
     * @return the pictures in order
     * @throws Diffusion4jException if the pictures don't fit into memory, or the network gives numbers that aren't finite
     */
    public List<GeneratedImage> sample(SamplePlan plan, Progress progress) {
        return sample(plan, SampleListener.of(progress));
    }

    /**
     * Draws what is planned, while somebody looks on.
     *
     * @param plan a plan that {@link #plan} made, or a part of it
     * @param listener looks on, and may end it
     * @return the pictures in order
     * @throws Diffusion4jException if the pictures don't fit into memory, or the network gives numbers that aren't finite
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<GeneratedImage> sample(SamplePlan plan, SampleListener listener) {
        return sampleTogether(List.of(plan), listener).get(0);
    }

    /**
     * Draws several plans in the same batches, since a network is faster with several images at once. Each plan's pictures are the
     * same as if it were drawn alone.
     *
     * @param plans plans of {@link #plan}, at least one, or parts of them, that differ only in their numbers of images, labels and
     *     seeds; all have labels or none has
     * @param listener looks on, and may end it; images are counted over all plans
     * @return the pictures of each plan
     * @throws IllegalArgumentException if the plans differ in more
     * @throws Diffusion4jException if the pictures don't fit into memory, or the network gives numbers that aren't finite
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<List<GeneratedImage>> sampleTogether(List<SamplePlan> plans, SampleListener listener) {
        JoinedPlans joined = JoinedPlans.of(plans);
        SamplePlan first = plans.get(0);
        Sampler sampler = first.scheduler().sampler(first.steps());
        int batch = batch(joined.images(), first.guidanceScale());
        int parts = (joined.images() + batch - 1) / batch;
        List<GeneratedImage> images = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int from = part * batch;
            int count = Math.min(batch, joined.images() - from);
            int number = part;
            images.addAll(draw(
                    joined.part(from, count),
                    sampler,
                    listener,
                    (step, output, walk) -> listener.stepped(
                            new SampleProgress(from, count, number, parts, step), walk.sample(), walk.denoised())));
        }
        return joined.divided(images);
    }

    /**
     * Checks a request against the model and fills in everything that it leaves open. Guidance that isn't given is the
     * model's best. So are steps and the sampler's options, if the sampler is the one for which they were found. Everything
     * else is as in diffusers: the scheduler's own sampler and options, and 1000 steps of DDPM or 50 of another sampler.
     *
     * @param request the request
     * @return the request with all values set, and classes given by their labels
     * @throws Diffusion4jException if a label is out of range or missing, the model can't be guided, the sampler lacks an
     *     option that is set or can't take so many steps, or the pictures don't fit into memory
     */
    public SamplePlan plan(SampleRequest request) {
        SamplePlan plan = planner.plan(request);
        batch(plan);
        return plan;
    }

    /**
     * Makes the {@linkplain #plan plan} of pictures that are drawn in {@linkplain SamplePlan#part parts}, maybe in several processes:
     * it isn't checked that all of them fit into memory together.
     *
     * @param request the request
     * @return the request with all values set, and classes given by their labels
     * @throws Diffusion4jException as {@link #plan} does, or if a single picture doesn't fit
     */
    public SamplePlan planOfParts(SampleRequest request) {
        SamplePlan plan = planner.plan(request);
        batch(plan.part(0, 1));
        return plan;
    }

    /**
     * The size of the pictures.
     *
     * @return their height and width
     */
    public SampleSize size() {
        return size;
    }

    private int batch(SamplePlan plan) {
        return batch(plan.images(), plan.guidanceScale());
    }

    /** The number of images that go through the network at once. */
    private int batch(int images, double guidanceScale) {
        SamplingMemory memory =
                new SamplingMemory(AvailableMemory.bytes(), Runtime.getRuntime().maxMemory());
        return memory.batch(config(), size, images, new Guidance(guidanceScale).needsUnconditional());
    }

    private List<GeneratedImage> draw(
            JoinedPlans plans, Sampler sampler, SampleListener listener, Denoising.Companion companion) {
        long[] shape = {config().inChannels(), size.height(), size.width()};
        ImageNoise noise = ImageNoise.of(plans.seeds());
        StepNetwork cancellable = StepNetwork.of(network, listener::isCancelled);
        try (INDArray drawn = noise.next(shape);
                INDArray start = drawn.mul(sampler.initNoiseSigma());
                Conditioning conditioning = conditioning(plans);
                INDArray samples = new Denoising(cancellable, sampler, step -> conditioning)
                        .denoise(start, 0, () -> noise.next(shape), companion, Walk::sample)) {
            return pictures(plans, samples);
        }
    }

    /** The class of each image, or if none is asked for, the label that stands for no class. */
    private Conditioning conditioning(JoinedPlans plans) {
        if (!config().wantsClassLabels()) {
            return Conditioning.none();
        }
        Integer nullClass = planner.settings().nullClass();
        List<Integer> labels =
                plans.labels().isEmpty() ? Collections.nCopies(plans.images(), nullClass) : plans.labels();
        Guidance guidance = new Guidance(plans.first().guidanceScale());
        return guidance.needsUnconditional()
                ? Conditioning.guided(
                        classLabels(labels), classLabels(Collections.nCopies(plans.images(), nullClass)), guidance)
                : Conditioning.of(classLabels(labels));
    }

    private static Map<String, INDArray> classLabels(List<Integer> labels) {
        long[] rows = labels.stream().mapToLong(Integer::longValue).toArray();
        return Map.of(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(rows));
    }

    private static List<GeneratedImage> pictures(JoinedPlans plans, INDArray samples) {
        List<BufferedImage> pictures = Pixels.toPictures(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            Integer label = plans.labels().isEmpty() ? null : plans.labels().get(i);
            long seed = plans.seeds().get(i);
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(sample, pictures.get(i), label, seed, metadata(plans.first(), seed, label)));
        }
        return images;
    }

    private static Map<String, String> metadata(SamplePlan plan, long seed, Integer label) {
        Map<String, String> metadata = plan.settings();
        metadata.put("Software", "diffusion4j");
        metadata.put("seed", Long.toString(seed));
        if (label != null) {
            metadata.put("label", Integer.toString(label));
        }
        return metadata;
    }

    @Override
    public void close() {
        network.close();
        if (own != null) {
            own.close();
        }
    }
}
