package org.diffusion4j.server.model;

import java.util.List;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.ClassLabels;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.server.model.ModelTraits.ClassName;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.drawing.NetworkDrawing;

/** Draws by classes or by none. */
final class ClassPainter implements Painter {
    /** As many as a pipeline draws at once. */
    private static final int BATCH = 20;

    private final DiffusersModel model;
    private final OnDemandNetwork network;
    private final DiffusionPipeline pipeline;
    private final ModelTraits traits;

    private ClassPainter(DiffusersModel model, OnDemandNetwork network, DiffusionPipeline pipeline) {
        this.model = model;
        this.network = network;
        this.pipeline = pipeline;
        this.traits = traits(model, pipeline);
    }

    /** Makes a painter, which closes the model. */
    static ClassPainter of(DiffusersModel model, Computing computing) {
        OnDemandNetwork[] network = new OnDemandNetwork[1];
        DiffusionPipeline pipeline =
                DiffusionPipeline.of(model, graph -> network[0] = new OnDemandNetwork(() -> computing.open(graph)));
        return new ClassPainter(model, network[0], pipeline);
    }

    private static ModelTraits traits(DiffusersModel model, DiffusionPipeline pipeline) {
        ClassLabels classes = pipeline.classLabels();
        List<Integer> labels = classes.all();
        List<String> names = classes.names();
        List<ClassName> named = labels.stream()
                .map(label -> new ClassName(label, names.isEmpty() ? label.toString() : names.get(label)))
                .toList();
        SampleRequest.Builder usual = SampleRequest.images(1);
        SamplePlan plan = pipeline.plan((named.isEmpty() ? usual : usual.labels(labels.subList(0, 1))).build());
        boolean nullClass = model.settings().nullClass() != null;
        return new ModelTraits(
                named.isEmpty() ? Kind.UNCONDITIONAL : Kind.CLASSES,
                named,
                named.isEmpty() || nullClass,
                pipeline.size(),
                0,
                false,
                false,
                !named.isEmpty() && nullClass,
                plan.sampler(),
                plan.steps(),
                plan.guidanceScale(),
                List.of(),
                List.of(),
                model.parameterCount());
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public boolean hasDrawing() {
        return true;
    }

    @Override
    public String drawing() {
        return NetworkDrawing.svg(model.config());
    }

    @Override
    public DrawPlan plan(DrawRequest request) {
        NoTexts.require(request);
        SampleSize size = pipeline.size();
        NoTexts.requireSize(size, request);
        List<Integer> labels = NoTexts.labels(request, pipeline.classLabels());
        int images = request.images() != null ? request.images() : Math.max(1, labels.size());
        SampleRequest.Builder drawn = SampleRequest.images(images)
                .seed(request.seed())
                .sampler(request.sampler())
                .steps(request.steps())
                .guidanceScale(request.guidance())
                .samplerOptions(request.samplerOptions());
        return ClassPlan.of(pipeline.plan((labels.isEmpty() ? drawn : drawn.spread(labels)).build()), size);
    }

    @Override
    public List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener) {
        List<SamplePlan> plans = parts.stream()
                .map(part -> ((ClassPlan) part.plan()).plan().part(part.first(), part.count()))
                .toList();
        return pipeline.sampleTogether(plans, new PictureListener(listener));
    }

    @Override
    public int batch() {
        return BATCH;
    }

    @Override
    public long keptBytes() {
        return Float.BYTES * model.parameterCount();
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
