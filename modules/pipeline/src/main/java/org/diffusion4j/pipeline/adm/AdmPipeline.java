package org.diffusion4j.pipeline.adm;

import static org.diffusion4j.Requirement.requireGiven;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.respaced.RespacedDdim;
import org.diffusion4j.diffusion.respaced.RespacedDdpm;
import org.diffusion4j.diffusion.respaced.RespacedProcess;
import org.diffusion4j.diffusion.respaced.StepOutput;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.adm.AdmUNetGraph;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.Conditioning;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.SampleListener;
import org.diffusion4j.pipeline.SampleProgress;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.StepNetwork;
import org.diffusion4j.weights.adm.AdmModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Draws pictures with a network of guided-diffusion, and perhaps a classifier that guides it. Several threads may use it. The same
 * request gives the same pictures, and image i doesn't depend on the number of images.
 *
 * <pre>{@code
 * try (AdmModel model = AdmModel.open(Path.of("64x64_diffusion.pt"), AdmPreset.IMAGENET64);
 *         AdmPipeline pipeline = AdmPipeline.of(model, null, null, EngineKind.AUTO)) {
 *     pipeline.sample(AdmRequest.ofClasses(List.of(207)), Progress.none()).get(0).writePng(file);
 * }
 * }</pre>
 */
public final class AdmPipeline implements AutoCloseable {
    /** As many images go through the network at once as in guided-diffusion's examples. */
    private static final int BATCH = 4;

    private final AdmModel model;
    private final AdmUNetConfig config;
    private final SampleSize size;
    private final NoisePredictor network;
    /** Null if nothing guides. */
    private final ClassifierGradient classifier;

    private AdmPipeline(AdmModel model, SampleSize size, NoisePredictor network, ClassifierGradient classifier) {
        this.model = model;
        this.config = model.unet();
        this.size = size;
        this.network = network;
        this.classifier = classifier;
    }

    /**
     * Opens the engines, on as many threads as there are physical cores.
     *
     * @param model the network that draws; it must not be closed before the pipeline
     * @param classifier the classifier that guides, which must not be closed before the pipeline, either; null for none
     * @param lowRes the size of the images that an upsampler enlarges; null for another network
     * @param engine the engine that runs the networks
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException if the networks don't fit each other, or aren't what they are given for
     */
    public static AdmPipeline of(AdmModel model, AdmModel classifier, SampleSize lowRes, EngineKind engine) {
        int threads = PhysicalCores.count();
        return of(
                model,
                classifier,
                lowRes,
                graph -> engine.open(graph, threads),
                ClassifierGradient.Opener.of(engine, threads));
    }

    /**
     * Opens engines with special settings.
     *
     * @param model as above
     * @param classifier as above
     * @param lowRes as above
     * @param engine makes the engine of the network that draws
     * @param gradients opens the engine of the classifier
     * @return the pipeline, which the caller closes
     * @throws Diffusion4jException as above
     */
    public static AdmPipeline of(
            AdmModel model,
            AdmModel classifier,
            SampleSize lowRes,
            Function<SameDiff, NoisePredictor> engine,
            ClassifierGradient.Opener gradients) {
        AdmUNetConfig config = model.unet();
        SampleSize size = SampleSize.square(config.imageSize());
        requireGiven(
                config.superResolution() == (lowRes != null),
                "low res",
                config.superResolution()
                        ? "images to enlarge, as the network is an upsampler"
                        : "none, as the network is no upsampler",
                lowRes == null ? "none" : "some");
        requireGiven(
                config.outChannels() == config.inChannels() || (config.learnsVariance() && !isEdm(model)),
                "out_channels",
                config.inChannels()
                        + (isEdm(model)
                                ? ", as a network of prediction_type edm learns no variance"
                                : ", or twice as many for a learned variance"),
                config.outChannels());
        requireGiven(
                classifier == null || !isEdm(model),
                "classifier",
                "none, as the network is one of prediction_type edm",
                "some");
        requireGiven(
                config.inChannels() == 1 || config.inChannels() == 3,
                "in_channels",
                "1 or 3, those of a picture",
                config.inChannels());
        AdmUNetGraph graph =
                AdmUNetGraph.of(config).sharedWeights(model.component().tensors());
        if (lowRes != null) {
            graph.lowResSize(lowRes.height(), lowRes.width());
        }
        ClassifierGradient guide = classifier == null ? null : guide(config, size, classifier, gradients);
        return new AdmPipeline(model, size, engine.apply(graph.build()), guide);
    }

    private static boolean isEdm(AdmModel model) {
        return model.process().preconditioning() != null;
    }

    private static ClassifierGradient guide(
            AdmUNetConfig config, SampleSize size, AdmModel classifier, ClassifierGradient.Opener gradients) {
        requireGiven(
                classifier.classifier().inChannels() == config.inChannels(),
                "classifier",
                "one for images of " + config.inChannels() + " channels",
                classifier.classifier().inChannels());
        requireGiven(
                config.numClasses() == null
                        || config.numClasses() == classifier.classifier().outChannels(),
                "classifier",
                "one for the " + config.numClasses() + " classes of the network",
                classifier.classifier().outChannels());
        try {
            return new ClassifierGradient(
                    classifier.classifier(), classifier.component().tensors(), size, gradients);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("classifier: " + e.getMessage(), e);
        }
    }

    /**
     * The size of the pictures.
     *
     * @return rows and columns
     */
    public SampleSize size() {
        return size;
    }

    /**
     * The number of classes that can be asked for.
     *
     * @return the network's or the classifier's; 0 if neither knows any
     */
    public int classes() {
        return config.numClasses() != null ? config.numClasses() : classifier != null ? classifier.classes() : 0;
    }

    /**
     * Checks a request against the network, before anything is drawn.
     *
     * @param request the request
     * @return the number of steps that each image takes
     * @throws Diffusion4jException if there are no such classes or no such steps, or images to enlarge are missing
     */
    public int check(AdmRequest request) {
        requireGiven(
                !request.labels().isEmpty() || classes() == 0,
                "labels",
                "some, as the network draws nothing without (0 to " + (classes() - 1) + ")",
                "none");
        for (int label : request.labels()) {
            requireGiven(classes() > 0, "labels", "none, as the network has no classes", label);
            requireGiven(label >= 0 && label < classes(), "labels", "0 to " + (classes() - 1), label);
        }
        requireGiven(
                config.superResolution() == (request.lowRes() != null),
                "low res",
                config.superResolution() ? "images to enlarge" : "none",
                request.lowRes() == null ? "none" : "some");
        try {
            return sampler(request).timesteps().length;
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    private Sampler sampler(AdmRequest request) {
        if (isEdm(model)) {
            return request.edm().sampler(model.process().preconditioning());
        }
        RespacedProcess process = new RespacedProcess(model.process().diffusion(), request.respacing());
        StepOutput output = new StepOutput(config.learnsVariance(), guides(request));
        return request.ddim()
                ? new RespacedDdim(process, output, true, request.eta())
                : new RespacedDdpm(process, output, true);
    }

    /**
     * What draws a request.
     *
     * @param request the request
     * @return the sampler's name
     */
    public String samplerName(AdmRequest request) {
        return isEdm(model) ? request.edm().sampler().word() : request.ddim() ? "ddim" : "ddpm";
    }

    private boolean guides(AdmRequest request) {
        return classifier != null && request.classifierScale() != 0;
    }

    /**
     * Draws pictures.
     *
     * @param request what to draw
     * @param progress is called after each step, and counts the steps of all images
     * @return the pictures in order
     * @throws Diffusion4jException as for {@link #check}, or if the network gives numbers that aren't finite
     */
    public List<GeneratedImage> sample(AdmRequest request, Progress progress) {
        return sampleTogether(List.of(request), SampleListener.of(progress)).get(0);
    }

    /**
     * Draws several requests in the same batches. Each one's pictures are the same as if it were drawn alone.
     *
     * @param requests at least one, which differ only in their numbers of images, labels and seeds
     * @param listener looks on, and may end it; images are counted over all requests
     * @return the pictures of each request
     * @throws IllegalArgumentException if the requests differ in more
     * @throws Diffusion4jException as for {@link #check}, or if the network gives numbers that aren't finite
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<List<GeneratedImage>> sampleTogether(List<AdmRequest> requests, SampleListener listener) {
        requests.forEach(this::check);
        List<AdmPicture> all = AdmPicture.of(requests);
        Sampler sampler = sampler(requests.get(0));
        int parts = (all.size() + BATCH - 1) / BATCH;
        List<GeneratedImage> images = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int first = part * BATCH;
            int number = part;
            List<AdmPicture> pictures = all.subList(first, Math.min(all.size(), first + BATCH));
            images.addAll(draw(
                    pictures,
                    sampler,
                    listener,
                    (step, output, walk) -> listener.stepped(
                            new SampleProgress(first, pictures.size(), number, parts, step),
                            walk.sample(),
                            walk.denoised())));
        }
        return AdmPicture.divided(requests, images);
    }

    private List<GeneratedImage> draw(
            List<AdmPicture> pictures, Sampler sampler, SampleListener listener, Denoising.Companion companion) {
        long[] shape = {config.inChannels(), size.height(), size.width()};
        AdmRequest request = pictures.get(0).request();
        ImageNoise noise = ImageNoise.of(pictures.stream().map(AdmPicture::seed).toList());
        List<Integer> labels = request.labels().isEmpty()
                ? List.of()
                : pictures.stream().map(AdmPicture::label).toList();
        StepNetwork plain = StepNetwork.of(network, listener::isCancelled);
        try (INDArray drawn = noise.next(shape);
                INDArray start = drawn.mul(sampler.initNoiseSigma());
                Conditioning conditioning = Conditioning.of(inputs(pictures, labels));
                INDArray samples = new Denoising(
                                guides(request)
                                        ? guided(plain, labels, request.classifierScale())
                                        : isEdm(model) ? withScaledTimesteps(plain, request) : plain,
                                sampler,
                                step -> conditioning)
                        .denoise(start, 0, () -> noise.next(shape), companion, Walk::sample)) {
            return images(pictures, samples);
        }
    }

    private Map<String, INDArray> inputs(List<AdmPicture> pictures, List<Integer> labels) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        if (config.numClasses() != null) {
            long[] rows = labels.stream().mapToLong(Integer::longValue).toArray();
            inputs.put(AdmUNetGraph.CLASS_LABELS, Nd4j.createFromArray(rows));
        }
        if (config.superResolution()) {
            INDArray[] each = pictures.stream().map(AdmPicture::lowRes).toArray(INDArray[]::new);
            inputs.put(AdmUNetGraph.LOW_RES, Nd4j.concat(0, each));
        }
        return inputs;
    }

    /** The network, which is given a multiple of ln(σ)/4. */
    private StepNetwork withScaledTimesteps(StepNetwork plain, AdmRequest request) {
        double scale = request.edm().of(model.process().preconditioning()).timestepScale();
        return (batch, step, conditioning) -> plain.predict(
                batch, new SamplingStep(step.number(), step.steps(), scale * step.timestep()), conditioning);
    }

    /** The network's output, with the classifier's gradient behind it. */
    private StepNetwork guided(StepNetwork plain, List<Integer> labels, double scale) {
        return (batch, step, conditioning) -> {
            INDArray output = plain.predict(batch, step, conditioning);
            INDArray timesteps = Nd4j.valueArrayOf(new long[] {batch.size(0)}, step.timestep(), DataType.FLOAT);
            INDArray gradient = classifier.of(batch, timesteps, labels).muli(scale);
            try {
                return Nd4j.concat(1, output, gradient);
            } finally {
                Denoising.free(output);
                Denoising.free(timesteps);
                Denoising.free(gradient);
            }
        };
    }

    private List<GeneratedImage> images(List<AdmPicture> drawn, INDArray samples) {
        List<BufferedImage> pictures = Pixels.toPictures(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            AdmPicture one = drawn.get(i);
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(
                    sample,
                    pictures.get(i),
                    one.label(),
                    one.seed(),
                    metadata(one.request(), one.seed(), one.label())));
        }
        return images;
    }

    private Map<String, String> metadata(AdmRequest request, long seed, Integer label) {
        Map<String, String> metadata = settings(request);
        metadata.put("Software", "diffusion4j");
        metadata.put("seed", Long.toString(seed));
        if (label != null) {
            metadata.put("label", Integer.toString(label));
        }
        return metadata;
    }

    /**
     * A request's settings in words.
     *
     * @param request the request
     * @return the sampler, its steps and options, by name
     */
    public Map<String, String> settings(AdmRequest request) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("sampler", samplerName(request));
        if (isEdm(model)) {
            settings.put("steps", Integer.toString(request.edm().steps()));
            request.edm().options().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        } else {
            settings.put("timestep_respacing", request.respacing().toString());
        }
        if (request.ddim()) {
            settings.put("eta", Double.toString(request.eta()));
        }
        if (guides(request)) {
            settings.put("classifier_scale", Double.toString(request.classifierScale()));
        }
        return settings;
    }

    /** Frees the engines' memory; the models still belong to the caller. */
    @Override
    public void close() {
        network.close();
        if (classifier != null) {
            classifier.close();
        }
    }
}
