package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.ClassLabels;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.adm.AdmPipeline;
import org.diffusion4j.pipeline.adm.AdmRequest;
import org.diffusion4j.pipeline.adm.ClassifierGradient;
import org.diffusion4j.pipeline.adm.EdmSteps;
import org.diffusion4j.server.model.ModelTraits.ClassName;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.weights.adm.AdmModel;

/** Draws with a network of guided-diffusion, by classes if it has some. No classifier guides it. */
final class AdmPainter implements Painter {
    /** As many as a pipeline draws at once. */
    private static final int BATCH = 4;

    private static final String ETA = "eta";

    private final AdmModel model;
    private final OnDemandNetwork network;
    private final AdmPipeline pipeline;
    private final ClassLabels classes;
    private final ModelTraits traits;

    private AdmPainter(AdmModel model, OnDemandNetwork network, AdmPipeline pipeline) {
        this.model = model;
        this.network = network;
        this.pipeline = pipeline;
        this.classes = new ClassLabels(List.of(), pipeline.classes(), null);
        this.traits = found();
    }

    /** Makes a painter, which closes the model. */
    static AdmPainter of(AdmModel model, Computing computing) {
        requireGiven(!model.unet().superResolution(), "model", "a network that draws from noise alone", "an upsampler");
        OnDemandNetwork[] network = new OnDemandNetwork[1];
        AdmPipeline pipeline = AdmPipeline.of(
                model,
                null,
                null,
                graph -> network[0] = new OnDemandNetwork(() -> computing.open(graph)),
                ClassifierGradient.Opener.of(computing.engine(), computing.threads()));
        return new AdmPainter(model, network[0], pipeline);
    }

    private ModelTraits found() {
        List<ClassName> named = IntStream.range(0, pipeline.classes())
                .mapToObj(label -> new ClassName(label, Integer.toString(label)))
                .toList();
        DrawPlan usual = plan(DrawRequest.images(1).build());
        SchedulerKind sampler = SchedulerKind.ofWord("sampler", usual.settings().get("sampler"));
        return new ModelTraits(
                named.isEmpty() ? Kind.UNCONDITIONAL : Kind.CLASSES,
                named,
                named.isEmpty(),
                pipeline.size(),
                0,
                false,
                false,
                false,
                sampler,
                isEdm() ? EdmSteps.USUAL.steps() : usual.steps(),
                1,
                List.of(),
                List.of(),
                model.unet().parameterCount());
    }

    private boolean isEdm() {
        return model.process().preconditioning() != null;
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public boolean hasDrawing() {
        return false;
    }

    @Override
    public String drawing() {
        return null;
    }

    @Override
    public DrawPlan plan(DrawRequest request) {
        NoTexts.require(request);
        SampleSize size = pipeline.size();
        NoTexts.requireSize(size, request);
        requireGiven(
                request.guidance() == null,
                "guidance",
                "none, as nothing guides a network of guided-diffusion here",
                request.guidance());
        List<Integer> labels = NoTexts.labels(request, classes);
        int images = request.images() != null ? request.images() : Math.max(1, labels.size());
        AdmRequest drawn = (labels.isEmpty()
                        ? AdmRequest.ofImages(images)
                        : AdmRequest.ofClasses(spread(labels, images)))
                .withSeed(request.seed());
        AdmRequest whole = isEdm() ? edm(drawn, request) : respaced(drawn, request);
        return new AdmPlan(whole, pipeline.check(whole), size, pipeline.settings(whole));
    }

    /** Each label for as many pictures as any other, one after the other, as {@code SampleRequest} spreads them. */
    private static List<Integer> spread(List<Integer> labels, int images) {
        return SampleRequest.images(images).spread(labels).build().labels();
    }

    private static AdmRequest edm(AdmRequest drawn, DrawRequest request) {
        EdmSteps usual = EdmSteps.USUAL;
        return drawn.withEdmSteps(new EdmSteps(
                request.sampler() == null ? usual.sampler() : request.sampler(),
                request.steps() == null ? usual.steps() : request.steps(),
                request.samplerOptions()));
    }

    private AdmRequest respaced(AdmRequest drawn, DrawRequest request) {
        SchedulerKind sampler = request.sampler() == null ? SchedulerKind.DDPM : request.sampler();
        requireGiven(
                sampler == SchedulerKind.DDPM || sampler == SchedulerKind.DDIM,
                "sampler",
                "ddpm or ddim for a network of guided-diffusion",
                sampler.word());
        boolean ddim = sampler == SchedulerKind.DDIM;
        Respacing own = model.process().respacing();
        Respacing respacing = request.steps() != null
                ? ddim ? Respacing.even(request.steps()) : Respacing.of(request.steps())
                : own == null ? drawn.respacing() : own;
        return drawn.withSteps(respacing, ddim, eta(request.samplerOptions()));
    }

    private static double eta(Map<String, Object> options) {
        options.forEach((key, value) -> requireGiven(
                key.equals(ETA) && value instanceof Number,
                "sampler_options",
                ETA + " with a number, for a network of guided-diffusion",
                "another one"));
        return options.isEmpty() ? 0 : ((Number) options.get(ETA)).doubleValue();
    }

    @Override
    public List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener) {
        List<AdmRequest> requests = parts.stream()
                .map(part -> ((AdmPlan) part.plan()).request().part(part.first(), part.count()))
                .toList();
        return pipeline.sampleTogether(requests, new PictureListener(listener));
    }

    @Override
    public int batch() {
        return BATCH;
    }

    @Override
    public long keptBytes() {
        return Float.BYTES * model.unet().parameterCount();
    }

    @Override
    public boolean isInMemory() {
        return network.isInMemory();
    }

    @Override
    public void letGo() {
        network.letGo();
    }

    @Override
    public void close() {
        pipeline.close();
        model.close();
    }
}
