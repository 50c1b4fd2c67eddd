package org.diffusion4j.zoo;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.diffusion.Guidance;
import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.sampler.Walk;
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
    private final SchedulerKind scheduler;
    /** What its file says, which other kinds of scheduler are made from too. */
    private final Map<String, Object> schedulerKeys;

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
        this(config, size, scheduler.kind(), scheduler.toMap(), settings, network, List.of());
    }

    private DiffusionPipeline(
            UNetConfig config,
            SampleSize size,
            SchedulerKind scheduler,
            Map<String, Object> schedulerKeys,
            ModelSettings settings,
            NoisePredictor network,
            List<String> notes) {
        this.config = config;
        this.size = size;
        this.scheduler = scheduler;
        this.schedulerKeys = schedulerKeys;
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
        return new DiffusionPipeline(
                model.config(),
                size,
                model.scheduler().kind(),
                model.schedulerKeys(),
                model.settings(),
                network,
                model.notes());
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
        try (Walk walk = sampler.begin(noise.next(shape).muli(sampler.initNoiseSigma()), 0)) {
            while (!walk.done()) {
                SamplingStep step = new SamplingStep(walk.step() + 1, walk.steps(), walk.timestep());
                INDArray output = guided(request, first, count, walk.input(), step);
                walk.advance(output, walk.drawsNoise() ? noise.next(shape) : null);
                step.requireFinite("sample", "after " + request.sampler().word(), walk.sample());
                done.set(walk.step());
            }
            return walk.sample().dup();
        }
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

    private static INDArray timesteps(double timestep, int count) {
        return Nd4j.valueArrayOf(new long[] {count}, timestep, DataType.FLOAT);
    }

    /** The class of each image; where none is asked for, the one that stands for none. */
    private List<Integer> labels(SampleRequest request) {
        return !request.labels().isEmpty()
                ? request.labels()
                : Collections.nCopies(request.images(), settings.nullClass());
    }

    private List<GeneratedImage> pictures(SampleRequest request, INDArray samples, int first) {
        List<BufferedImage> pictures = Pixels.toPictures(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            Integer label = request.labels().isEmpty() ? null : request.labels().get(first + i);
            long seed = request.seed() + first + i;
            Map<String, String> metadata = metadata(request, seed, label);
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(sample, pictures.get(i), label, seed, metadata));
        }
        return images;
    }

    private Map<String, String> metadata(SampleRequest request, long seed, Integer label) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("Software", "diffusion4j");
        metadata.put("seed", Long.toString(seed));
        metadata.put("sampler", request.sampler().word());
        metadata.put("steps", Integer.toString(request.steps()));
        metadata.put("guidance", Double.toString(request.guidanceScale()));
        SchedulerConfig used = scheduler(request);
        if (used instanceof BetaSchedulerConfig spaced) {
            metadata.put("timestep_spacing", spaced.timestepSpacing().diffusersName());
        }
        used.callArguments().forEach((key, value) -> metadata.put(key, String.valueOf(value)));
        request.samplerOptions().forEach((key, value) -> metadata.put(key, String.valueOf(value)));
        if (label != null) {
            metadata.put("label", Integer.toString(label));
        }
        return metadata;
    }

    private Sampler sampler(SampleRequest request) {
        try {
            return scheduler(request).sampler(request.steps());
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    private SchedulerConfig scheduler(SampleRequest request) {
        try {
            return request.sampler().of(schedulerKeys).with(request.samplerOptions());
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    /**
     * The request with nothing left to choose, checked against the model. Guidance is the model's best where it isn't given;
     * steps and the sampler's options are so where the sampler is the one that they were found for. All else is as diffusers
     * has it: the scheduler's own sampler and options, 1000 steps of DDPM or 50 of another.
     *
     * @param given what is asked for
     * @return the same with every value set, and classes by their labels
     * @throws Diffusion4jException if a label is out of range or missing, the model can't be guided, the sampler lacks an
     *     option that is set or can't take so many steps, or memory doesn't hold the pictures
     */
    public SampleRequest complete(SampleRequest given) {
        SampleRequest request = byNumber(given);
        ModelSettings.Sampling best = settings.sampling();
        SchedulerKind sampler = first(request.sampler(), best.sampler(), scheduler);
        boolean tuned = best.sampler() == null || best.sampler() == sampler;
        double guidance = first(request.guidanceScale(), request.labels().isEmpty() ? null : best.guidance(), 1.0);
        checkLabels(request, guidance);
        checkOptions(request, sampler);
        SampleRequest complete = request.toBuilder()
                .sampler(sampler)
                .samplerOptions(tuned ? known(best.options(), sampler) : Map.of())
                .samplerOptions(request.samplerOptions())
                .steps(first(request.steps(), tuned ? best.steps() : null, usualSteps(sampler)))
                .guidanceScale(guidance)
                .build();
        sampler(complete);
        batch(complete);
        return complete;
    }

    /** Options that are the best whatever the sampler may be there for others. */
    private static Map<String, Object> known(Map<String, Object> options, SchedulerKind sampler) {
        Map<String, Object> known = new LinkedHashMap<>(options);
        known.keySet().retainAll(sampler.defaults().keys());
        return known;
    }

    /** As many as diffusers' pipelines take. */
    private int usualSteps(SchedulerKind sampler) {
        int all = sampler.of(schedulerKeys).numTrainTimesteps();
        return Math.min(all, sampler == SchedulerKind.DDPM ? 1000 : 50);
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
        int wanted = learnsVariance() ? 2 * config.inChannels() : config.inChannels();
        if ((config.inChannels() != 1 && config.inChannels() != 3) || config.outChannels() != wanted) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected 1 or 3 channels in and as many out, found %d in and %d out",
                    config.inChannels(),
                    config.outChannels()));
        }
    }

    private boolean learnsVariance() {
        return SchedulerKind.DDPM.of(schedulerKeys) instanceof DdpmConfig ddpm
                && ddpm.varianceType().isLearned();
    }

    /** Whether what only other samplers have is asked not to be there. */
    private static boolean isOff(String key, Object value) {
        return (Boolean.FALSE.equals(value) || (value instanceof Number number && number.doubleValue() == 0))
                && Arrays.stream(SchedulerKind.values())
                        .anyMatch(kind -> kind.defaults().keys().contains(key));
    }

    /** What a sampler has no use for would be passed over without a word. */
    private static void checkOptions(SampleRequest request, SchedulerKind sampler) {
        Set<String> known = sampler.defaults().keys();
        for (Map.Entry<String, Object> option : request.samplerOptions().entrySet()) {
            if (!known.contains(option.getKey()) && !isOff(option.getKey(), option.getValue())) {
                String question = NearestNames.question(option.getKey(), known);
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected none, as %s has no such option%s, found %s",
                        option.getKey(),
                        sampler.diffusersName(),
                        question.isEmpty() ? " (it has " + String.join(", ", known) + ")" : " (" + question + ")",
                        option.getValue()));
            }
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
