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
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.weights.AvailableMemory;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.weights.ModelSettings;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Draws pictures with a model: a network, a noise schedule, a sampler, guidance. Safe to use from several threads; the
 * same request gives the same pictures, and image i doesn't depend on how many there are.
 */
public final class DiffusionPipeline implements AutoCloseable {
    private final SamplePlanner planner;
    private final SampleSize size;
    private final NoisePredictor network;
    private final List<String> notes;

    /**
     * A pipeline of its parts.
     *
     * @param config the network's options
     * @param size of the pictures, which the network was built for
     * @param scheduler the noise schedule that it was trained with
     * @param settings its classes and best settings
     * @param network the network itself; closed with the pipeline
     */
    public DiffusionPipeline(
            UNetConfig config,
            SampleSize size,
            SchedulerConfig scheduler,
            ModelSettings settings,
            NoisePredictor network) {
        this(new SamplePlanner(config, scheduler.kind(), scheduler.toMap(), settings), size, network, List.of());
    }

    private DiffusionPipeline(SamplePlanner planner, SampleSize size, NoisePredictor network, List<String> notes) {
        this.planner = planner;
        this.size = size;
        this.network = network;
        this.notes = notes;
    }

    /**
     * A pipeline of a diffusers folder, on the fastest engine.
     *
     * @param folder with {@code model_index.json}, {@code unet/} and {@code scheduler/}
     * @return the pipeline, to be closed
     * @throws Diffusion4jException if something in the folder isn't as it must be
     */
    public static DiffusionPipeline load(Path folder) {
        return of(DiffusersFolder.read(folder), EngineKind.AUTO);
    }

    /**
     * A pipeline of a model.
     *
     * @param model with a scheduler and a sample size; its weights stay as they are, and open, until the pipeline is closed
     * @param engine what runs the network
     * @return the pipeline, to be closed
     * @throws Diffusion4jException if the model has no scheduler or no sample size
     */
    public static DiffusionPipeline of(DiffusersModel model, EngineKind engine) {
        return of(model, engine::open);
    }

    /**
     * A pipeline of a model on an engine with settings of its own.
     *
     * @param model with a scheduler and a sample size; its weights stay as they are, and open, until the pipeline is closed
     * @param engine makes what runs the network, of its graph
     * @return the pipeline, to be closed
     * @throws Diffusion4jException if the model has no scheduler or no sample size
     */
    public static DiffusionPipeline of(DiffusersModel model, Function<SameDiff, NoisePredictor> engine) {
        if (model.scheduler() == null) {
            throw new Diffusion4jException("model: expected a scheduler folder beside unet, found a bare U-Net");
        }
        SampleSize size = model.config().sampleSize();
        if (size == null) {
            throw new Diffusion4jException("config.json, 'sample_size': expected a size to draw at, found null");
        }
        NoisePredictor network = engine.apply(
                UNetGraph.of(model.config()).sharedWeights(model.weights()).build());
        SamplePlanner planner =
                new SamplePlanner(model.config(), model.scheduler().kind(), model.schedulerKeys(), model.settings());
        return new DiffusionPipeline(planner, size, network, model.notes());
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
     * What the model's classes are called.
     *
     * @return a name for each label from 0 on; empty where classes have no names, or there are none
     */
    public List<String> classNames() {
        return planner.settings().classNames();
    }

    /**
     * The model's classes, to be found by name, number or range.
     *
     * @return the classes
     */
    public ClassLabels classLabels() {
        return ClassLabels.of(planner.config(), planner.settings());
    }

    /**
     * What was noticed while the model was read, as {@link DiffusersModel#notes} has it.
     *
     * @return a line each; usually none
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * Draws.
     *
     * @param request what
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request) {
        return sample(request, Progress.none());
    }

    /**
     * Draws, and says how far it is.
     *
     * @param request what
     * @param progress told after each step, of the steps of all images
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request, Progress progress) {
        return sample(plan(request), progress);
    }

    /**
     * Draws what is planned, and says how far it is.
     *
     * @param plan what {@link #plan} gave, or a part of it
     * @param progress told after each step, of the steps of all images
     * @return the pictures in order
     * @throws Diffusion4jException if memory doesn't hold the pictures, or the network gives what isn't a finite number
     */
    public List<GeneratedImage> sample(SamplePlan plan, Progress progress) {
        Sampler sampler = plan.scheduler().sampler(plan.steps());
        int batch = batch(plan);
        long steps = sampler.timesteps().length;
        long total = (plan.images() + batch - 1L) / batch * steps;
        List<GeneratedImage> images = new ArrayList<>();
        for (int first = 0; first < plan.images(); first += batch) {
            SamplePlan part = plan.part(first, Math.min(batch, plan.images() - first));
            long done = first / batch * steps;
            images.addAll(draw(
                    part,
                    sampler,
                    (step, output, samples) -> progress.done(counted(done + step.number()), counted(total))));
        }
        return images;
    }

    /**
     * The request with nothing left to choose, checked against the model. Guidance is the model's best where it isn't given;
     * steps and the sampler's options are so where the sampler is the one that they were found for. All else is as diffusers
     * has it: the scheduler's own sampler and options, 1000 steps of DDPM or 50 of another.
     *
     * @param request what is asked for
     * @return the same with every value set, and classes by their labels
     * @throws Diffusion4jException if a label is out of range or missing, the model can't be guided, the sampler lacks an
     *     option that is set or can't take so many steps, or memory doesn't hold the pictures
     */
    public SamplePlan plan(SampleRequest request) {
        SamplePlan plan = planner.plan(request);
        batch(plan);
        return plan;
    }

    /** How many images go through the network at once. */
    private int batch(SamplePlan plan) {
        SamplingMemory memory =
                new SamplingMemory(AvailableMemory.bytes(), Runtime.getRuntime().maxMemory());
        boolean guided = new Guidance(plan.guidanceScale()).needsUnconditional();
        return memory.batch(config(), size, plan.images(), guided);
    }

    private static int counted(long steps) {
        return (int) Math.min(steps, Integer.MAX_VALUE);
    }

    private List<GeneratedImage> draw(SamplePlan plan, Sampler sampler, Denoising.Listener listener) {
        long[] shape = {config().inChannels(), size.height(), size.width()};
        ImageNoise noise = new ImageNoise(plan.seed(), plan.images());
        INDArray start = noise.next(shape);
        try (Conditioning conditioning = conditioning(plan)) {
            INDArray samples =
                    new Denoising(network, sampler, conditioning).denoise(start, () -> noise.next(shape), listener);
            List<GeneratedImage> images = pictures(plan, samples);
            Denoising.free(samples);
            return images;
        } finally {
            Denoising.free(start);
        }
    }

    /** The class of each image; where none is asked for, the one that stands for none. */
    private Conditioning conditioning(SamplePlan plan) {
        if (!config().wantsClassLabels()) {
            return Conditioning.none();
        }
        Integer nullClass = planner.settings().nullClass();
        List<Integer> labels = plan.labels().isEmpty() ? Collections.nCopies(plan.images(), nullClass) : plan.labels();
        Guidance guidance = new Guidance(plan.guidanceScale());
        return guidance.needsUnconditional()
                ? Conditioning.guided(
                        classLabels(labels), classLabels(Collections.nCopies(plan.images(), nullClass)), guidance)
                : Conditioning.of(classLabels(labels));
    }

    private static Map<String, INDArray> classLabels(List<Integer> labels) {
        long[] rows = labels.stream().mapToLong(Integer::longValue).toArray();
        return Map.of(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(rows));
    }

    private static List<GeneratedImage> pictures(SamplePlan plan, INDArray samples) {
        List<BufferedImage> pictures = Pixels.toPictures(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            Integer label = plan.labels().isEmpty() ? null : plan.labels().get(i);
            long seed = plan.seed() + i;
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(sample, pictures.get(i), label, seed, metadata(plan, seed, label)));
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
    }
}
