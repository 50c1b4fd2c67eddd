package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.LatentPreview;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PreviewListener;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptProgress;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.zoo.drawing.NetworkDrawing;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Draws by texts. The pipeline has its weights in memory only while it draws. */
final class TextPainter implements Painter {
    /** Each takes minutes on most processors, so that others shouldn't wait for many. */
    private static final int BATCH = 4;

    private static final SampleSize WITHOUT_USUAL_SIZE = new SampleSize(512, 512);

    private final PromptPipeline pipeline;
    private final Loras loras;
    private final ModelTraits traits;
    /** Made when somebody first looks, since the autoencoder is read for it. */
    private LatentPreview preview;

    private TextPainter(PromptPipeline pipeline, Loras loras) {
        this.pipeline = pipeline;
        this.loras = loras.fitting(pipeline);
        this.traits = traits(pipeline, List.copyOf(this.loras.files().keySet()));
    }

    /** Makes a painter with those of the adapters that fit the model. */
    static TextPainter of(PipelineParts parts, Computing computing, Loras loras) {
        return new TextPainter(
                PromptPipeline.open(parts, computing.engine(), computing.threads(), computing.precision()), loras);
    }

    private static ModelTraits traits(PromptPipeline pipeline, List<String> loras) {
        UNet2DConditionConfig unet = pipeline.parts().config(PipelineFolder.UNET, UNet2DConditionConfig.class);
        SampleSize size = pipeline.usualSize() == null ? WITHOUT_USUAL_SIZE : pipeline.usualSize();
        boolean fillsIn = unet.inChannels() != pipeline.space().channels();
        PromptRequest.Builder usual = PromptRequest.of("").size(size.width(), size.height());
        if (fillsIn) {
            usual.source(new PictureSource(
                    Nd4j.zeros(1, 3, size.height(), size.width()), Nd4j.ones(1, 1, size.height(), size.width()), null));
        }
        PromptPlan plan = pipeline.plan(usual.build());
        return new ModelTraits(
                Kind.PROMPT,
                List.of(),
                true,
                size,
                pipeline.space().factor(),
                true,
                fillsIn,
                true,
                plan.choice().scheduler().kind(),
                plan.choice().steps(),
                plan.guidanceScale(),
                loras,
                pipeline.parts().controlNets(),
                unet.parameterCount());
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
        return NetworkDrawing.svg(pipeline.parts().config(PipelineFolder.UNET, UNet2DConditionConfig.class));
    }

    @Override
    public DrawPlan plan(DrawRequest request) {
        requireGiven(request.prompt() != null, "prompt", "a text, as the model draws by texts", "none");
        requireGiven(request.labels() == null, "labels", "none, as the model draws by texts", request.labels());
        loras.require(request.loras());
        return new TextPlan(request, pipeline.plan(TextRequests.alone(request, size(request))));
    }

    /** That of the picture to draw from or to look at, with what is beyond a multiple cut off, unless another one is wanted. */
    private SampleSize size(DrawRequest request) {
        SinglePicture image = request.source() != null
                ? request.source().image()
                : request.controls().isEmpty()
                        ? null
                        : request.controls().get(0).image();
        if (request.size() != null || image == null) {
            return request.size() != null ? request.size() : traits.size();
        }
        int multiple = traits.sizeMultiple();
        return new SampleSize(
                Math.max(1, image.height() / multiple) * multiple, Math.max(1, image.width() / multiple) * multiple);
    }

    @Override
    public List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener) {
        PromptPipeline adapted =
                loras.on(pipeline, ((TextPlan) parts.get(0).plan()).request().loras());
        PromptPlan plan = adapted.plan(TextRequests.joined(parts));
        List<GeneratedImage> pictures = adapted.draw(plan, listening(listener));
        List<List<GeneratedImage>> divided = new ArrayList<>();
        int first = 0;
        for (DrawPlan.Part part : parts) {
            divided.add(List.copyOf(pictures.subList(first, first + part.count())));
            first += part.count();
        }
        return divided;
    }

    private PromptListener listening(DrawListener listener) {
        return new PromptListener() {
            @Override
            public boolean isCancelled() {
                return listener.isCancelled();
            }

            @Override
            public void stepped(PromptProgress progress, INDArray output, INDArray latents, INDArray denoised) {
                listener.stepped(progress.done(), progress.total());
                if (listener.wantsPreviews()) {
                    new PreviewListener(
                                    1,
                                    preview(),
                                    (step, pictures) -> listener.previewed(step.first(), pictures),
                                    PromptListener.NOBODY)
                            .stepped(progress, output, latents, denoised);
                }
            }
        };
    }

    private synchronized LatentPreview preview() {
        if (preview == null) {
            preview = pipeline.linearPreview();
        }
        return preview;
    }

    @Override
    public int batch() {
        return BATCH;
    }

    @Override
    public long keptBytes() {
        return 0;
    }

    @Override
    public boolean isInMemory() {
        return false;
    }

    @Override
    public void letGo() {
        // There is nothing: a pipeline of prompts has its weights in memory only while it draws.
    }

    @Override
    public void close() {
        // Its files are opened for each drawing.
    }
}
