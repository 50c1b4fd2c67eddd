package org.diffusion4j.zoo;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Guidance;
import org.diffusion4j.diffusion.Pixels;
import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.sampler.DdimSampler;
import org.diffusion4j.diffusion.sampler.DdpmSampler;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.AvailableMemory;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.weights.ModelSettings;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Draws pictures with a model: a network, a noise schedule, a sampler, guidance. Safe to use from several threads; the
 * same request gives the same pictures, and image i doesn't depend on how many there are.
 */
public final class DiffusionPipeline implements AutoCloseable {
    private final UNetConfig config;
    private final SampleSize size;
    private final SchedulerConfig scheduler;
    private final ModelSettings settings;
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
        this(config, size, scheduler, settings, network, List.of());
    }

    private DiffusionPipeline(
            UNetConfig config,
            SampleSize size,
            SchedulerConfig scheduler,
            ModelSettings settings,
            NoisePredictor network,
            List<String> notes) {
        this.config = config;
        this.size = size;
        this.scheduler = scheduler;
        this.settings = settings;
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
     * @param model with a scheduler and a sample size
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
     * @param model with a scheduler and a sample size
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
                UNetGraph.of(model.config()).weights(model.weights()).build());
        return new DiffusionPipeline(model.config(), size, model.scheduler(), model.settings(), network, model.notes());
    }

    /**
     * The network's options.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        return config;
    }

    /**
     * What the model's classes are called.
     *
     * @return a name for each label from 0 on; empty where classes have no names, or there are none
     */
    public List<String> classNames() {
        return settings.classNames();
    }

    /**
     * The model's classes, to be found by name, number or range.
     *
     * @return the classes
     */
    public ClassLabels classLabels() {
        return ClassLabels.of(config, settings);
    }

    /**
     * What was noticed while the model was read, as {@link DiffusersModel#notes} has it.
     *
     * @return a line each; usually none
     */
    public List<String> notes() {
        return notes;
    }

    /** Told after each step. */
    @FunctionalInterface
    public interface Progress {
        /**
         * A step is done.
         *
         * @param done steps so far, over all images
         * @param total steps in all
         */
        void step(int done, int total);
    }

    /**
     * Draws.
     *
     * @param request what
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request) {
        return sample(request, (done, total) -> {});
    }

    /**
     * Draws, and says how far it is.
     *
     * @param request what
     * @param progress told after each step
     * @return the pictures in order
     * @throws Diffusion4jException if the model can't do what is asked
     */
    public List<GeneratedImage> sample(SampleRequest request, Progress progress) {
        SampleRequest complete = complete(request);
        Sampler sampler = sampler(complete);
        int batch = batch(complete);
        long steps = sampler.timesteps().length;
        long total = (complete.images() + batch - 1L) / batch * steps;
        List<GeneratedImage> images = new ArrayList<>();
        for (int first = 0; first < complete.images(); first += batch) {
            int count = Math.min(batch, complete.images() - first);
            long done = first / batch * steps;
            INDArray samples = samples(
                    complete, sampler, first, count, step -> progress.step(counted(done + step), counted(total)));
            images.addAll(pictures(complete, samples, first));
        }
        return images;
    }

    /** How many images go through the network at once. */
    private int batch(SampleRequest request) {
        SamplingMemory memory =
                new SamplingMemory(AvailableMemory.bytes(), Runtime.getRuntime().maxMemory());
        boolean guided = new Guidance(request.guidanceScale()).needsUnlabelled();
        return memory.batch(config, size, request.images(), guided);
    }

    private static int counted(long steps) {
        return (int) Math.min(steps, Integer.MAX_VALUE);
    }

    /** Told the number of steps done. */
    private interface StepCount {
        void set(int done);
    }

    private INDArray samples(SampleRequest request, Sampler sampler, int first, int count, StepCount done) {
        long[] shape = {config.inChannels(), size.height(), size.width()};
        ImageNoise noise = new ImageNoise(request.seed() + first, count);
        INDArray sample = noise.next(shape).muli(sampler.initNoiseSigma());
        long[] timesteps = sampler.timesteps();
        for (int i = 0; i < timesteps.length; i++) {
            SamplingStep step = new SamplingStep(i + 1, timesteps.length, timesteps[i]);
            INDArray output = guided(request, first, count, sampler.scaleModelInput(sample, i), step);
            sample = sampler.step(output, i, sample, sampler.drawsNoise(i) ? noise.next(shape) : null)
                    .prevSample();
            step.requireFinite("sample", "after " + request.sampler(), sample);
            done.set(i + 1);
        }
        return sample;
    }

    /** The prediction without a label and from there the way to the one with it; both halves in one batch. */
    private INDArray guided(SampleRequest request, int first, int count, INDArray sample, SamplingStep step) {
        Guidance guidance = new Guidance(request.guidanceScale());
        if (!config.wantsClassLabels()) {
            return predict(sample, Map.of(), step);
        }
        List<Integer> labels = labels(request).subList(first, first + count);
        long[] wanted = labels.stream().mapToLong(Integer::longValue).toArray();
        if (!guidance.needsUnlabelled()) {
            return predict(sample, Map.of(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(wanted)), step);
        }
        long[] both = new long[2 * count];
        Arrays.fill(both, 0, count, settings.nullClass());
        System.arraycopy(wanted, 0, both, count, count);
        INDArray output = predict(
                Nd4j.concat(0, sample, sample), Map.of(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(both)), step);
        INDArray guided = guidance.combine(
                output.get(NDArrayIndex.interval(0, count)), output.get(NDArrayIndex.interval(count, 2 * count)));
        step.requireFinite(UNetGraph.OUTPUT, "with a guidance of " + request.guidanceScale(), guided);
        return guided;
    }

    private INDArray predict(INDArray sample, Map<String, INDArray> conditioning, SamplingStep step) {
        INDArray output = network.predict(sample, timesteps(step.timestep(), (int) sample.size(0)), conditioning);
        step.requireFinite(UNetGraph.OUTPUT, "from the network", output);
        return output;
    }

    private static INDArray timesteps(long timestep, int count) {
        return Nd4j.valueArrayOf(new long[] {count}, (double) timestep, DataType.FLOAT);
    }

    /** The class of each image; where none is asked for, the one that stands for none. */
    private List<Integer> labels(SampleRequest request) {
        return !request.labels().isEmpty()
                ? request.labels()
                : Collections.nCopies(request.images(), settings.nullClass());
    }

    private List<GeneratedImage> pictures(SampleRequest request, INDArray samples, int first) {
        byte[][] bytes = Pixels.toBytes(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            Integer label = request.labels().isEmpty() ? null : request.labels().get(first + i);
            long seed = request.seed() + first + i;
            Map<String, String> metadata = metadata(request, seed, label);
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(sample, picture(bytes[i]), label, seed, metadata));
        }
        return images;
    }

    private BufferedImage picture(byte[] interleaved) {
        int type = config.inChannels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
        BufferedImage picture = new BufferedImage(size.width(), size.height(), type);
        int[] samples = new int[interleaved.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = interleaved[i] & 0xff;
        }
        // By the raster: setRGB would take grey through a colour space.
        picture.getRaster().setPixels(0, 0, size.width(), size.height(), samples);
        return picture;
    }

    private Map<String, String> metadata(SampleRequest request, long seed, Integer label) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("Software", "diffusion4j");
        metadata.put("seed", Long.toString(seed));
        metadata.put("sampler", request.sampler().name().toLowerCase(Locale.ROOT));
        metadata.put("steps", Integer.toString(request.steps()));
        metadata.put("guidance", Double.toString(request.guidanceScale()));
        metadata.put("timestep_spacing", request.timestepSpacing().diffusersName());
        if (request.sampler() == SchedulerKind.DDIM) {
            metadata.put("eta", Double.toString(request.eta()));
            metadata.put("use_clipped_model_output", Boolean.toString(request.useClippedModelOutput()));
        }
        if (label != null) {
            metadata.put("label", Integer.toString(label));
        }
        return metadata;
    }

    private Sampler sampler(SampleRequest request) {
        try {
            return switch (request.sampler()) {
                case DDPM ->
                    new DdpmSampler(
                            scheduler
                                    .toDdpm()
                                    .change()
                                    .timestepSpacing(request.timestepSpacing())
                                    .build(),
                            request.steps());
                case DDIM ->
                    new DdimSampler(
                            scheduler
                                    .toDdim()
                                    .change()
                                    .timestepSpacing(request.timestepSpacing())
                                    .build(),
                            request.steps(),
                            request.eta(),
                            request.useClippedModelOutput());
            };
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    /**
     * The request with nothing left to choose, checked against the model. Guidance is the model's best where it isn't
     * given; steps, spacing and clipping are so where the sampler is the one that they were found for. All else is as
     * diffusers has it: the scheduler's own sampler and spacing, 1000 steps of DDPM or 50 of DDIM, eta 0.
     *
     * @param given what is asked for
     * @return the same with every value set, and classes by their labels
     * @throws Diffusion4jException if a label is out of range or missing, the model can't be guided, the sampler lacks an
     *     option that is set or can't take so many steps, or memory doesn't hold the pictures
     */
    public SampleRequest complete(SampleRequest given) {
        SampleRequest request = byNumber(given);
        ModelSettings.Sampling best = settings.sampling();
        SchedulerKind sampler = first(request.sampler(), best.sampler(), scheduler.kind());
        boolean tuned = best.sampler() == null || best.sampler() == sampler;
        double guidance = first(request.guidanceScale(), request.labels().isEmpty() ? null : best.guidance(), 1.0);
        checkLabels(request, guidance);
        checkSampler(request, sampler);
        SampleRequest complete = request.toBuilder()
                .sampler(sampler)
                .steps(first(
                        request.steps(),
                        tuned ? best.steps() : null,
                        sampler == SchedulerKind.DDPM ? Math.min(1000, scheduler.numTrainTimesteps()) : 50))
                .timestepSpacing(first(
                        request.timestepSpacing(), tuned ? best.timestepSpacing() : null, scheduler.timestepSpacing()))
                .useClippedModelOutput(first(
                        request.useClippedModelOutput(),
                        (tuned && sampler == SchedulerKind.DDIM) ? best.useClippedModelOutput() : null,
                        false))
                .eta(first(request.eta(), null, 0.0))
                .guidanceScale(guidance)
                .build();
        sampler(complete);
        batch(complete);
        return complete;
    }

    private SampleRequest byNumber(SampleRequest request) {
        if (request.labelNames().isEmpty()) {
            return request;
        }
        ClassLabels classes = classLabels();
        return request.toBuilder()
                .labels(request.labelNames().stream().map(classes::find).toList())
                .labelNames(List.of())
                .build();
    }

    private void checkLabels(SampleRequest request, double guidance) {
        if (config.classEmbedType() != null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected class labels by a table or none, found class_embed_type '%s'",
                    config.classEmbedType().key()));
        }
        if (!config.wantsClassLabels() && !request.labels().isEmpty()) {
            throw new Diffusion4jException("labels: expected none, as the model has no classes");
        }
        for (int label : request.labels()) {
            if (label < 0 || label >= config.numClassEmbeds()) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT, "labels: expected 0 to %d, found %d", config.numClassEmbeds() - 1, label));
            }
        }
        if (config.wantsClassLabels() && request.labels().isEmpty() && settings.nullClass() == null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "labels: expected some, as the model draws nothing without (0 to %d)",
                    config.numClassEmbeds() - 1));
        }
        if (guidance != 1 && !config.wantsClassLabels()) {
            throw new Diffusion4jException("guidance: expected 1, as the model has no classes, found " + guidance);
        }
        if (guidance != 1 && settings.nullClass() == null) {
            throw new Diffusion4jException(
                    "guidance: expected 1, as the model has no null_class in diffusion4j.json, found " + guidance);
        }
        int wanted = scheduler.varianceType().isLearned() ? 2 * config.inChannels() : config.inChannels();
        if ((config.inChannels() != 1 && config.inChannels() != 3) || config.outChannels() != wanted) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected 1 or 3 channels in and as many out, found %d in and %d out",
                    config.inChannels(),
                    config.outChannels()));
        }
    }

    /** What DDPM has no use for would be passed over without a word. */
    private static void checkSampler(SampleRequest request, SchedulerKind sampler) {
        if (sampler == SchedulerKind.DDIM) {
            return;
        }
        if (request.eta() != null && request.eta() != 0) {
            throw new Diffusion4jException("eta: expected 0, as it is DDIM's alone, found " + request.eta());
        }
        if (Boolean.TRUE.equals(request.useClippedModelOutput())) {
            throw new Diffusion4jException("clipped epsilon: expected none, as it is DDIM's alone, found true");
        }
    }

    private static <T> T first(T given, T best, T otherwise) {
        return given != null ? given : best != null ? best : otherwise;
    }

    @Override
    public void close() {
        network.close();
    }
}
