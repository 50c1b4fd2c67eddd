package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
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
    private final ModelTraits traits;
    /** Made when somebody first looks, since the autoencoder is read for it. */
    private LatentPreview preview;

    TextPainter(PromptPipeline pipeline) {
        this.pipeline = pipeline;
        this.traits = traits(pipeline);
    }

    static TextPainter of(PipelineParts parts, Computing computing) {
        return new TextPainter(
                PromptPipeline.open(parts, computing.engine(), computing.threads(), computing.precision()));
    }

    private static ModelTraits traits(PromptPipeline pipeline) {
        UNet2DConditionConfig unet = pipeline.parts().config(PipelineFolder.UNET, UNet2DConditionConfig.class);
        AutoencoderKLConfig vae = pipeline.parts().config(PipelineFolder.VAE, AutoencoderKLConfig.class);
        SampleSize size = pipeline.usualSize() == null ? WITHOUT_USUAL_SIZE : pipeline.usualSize();
        boolean fillsIn = unet.inChannels() != vae.latentChannels();
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
                vae.sizeFactor(),
                true,
                fillsIn,
                true,
                plan.choice().scheduler().kind(),
                plan.choice().steps(),
                plan.guidanceScale(),
                unet.parameterCount());
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public String drawing() {
        return NetworkDrawing.svg(pipeline.parts().config(PipelineFolder.UNET, UNet2DConditionConfig.class));
    }

    @Override
    public DrawPlan plan(DrawRequest request) {
        requireGiven(request.prompt() != null, "prompt", "a text, as the model draws by texts", "none");
        requireGiven(request.labels() == null, "labels", "none, as the model draws by texts", request.labels());
        SampleSize size = size(request);
        int images = request.images() == null ? 1 : request.images();
        PromptRequest.Builder drawn =
                settings(request, PromptRequest.of(request.prompt()), size).imagesPerPrompt(images);
        if (request.negativePrompt() != null) {
            drawn.negative(request.negativePrompt());
        }
        if (request.source() != null) {
            drawn.source(source(request.source(), size, 1));
        }
        return new TextPlan(request, pipeline.plan(drawn.seed(request.seed()).build()));
    }

    /** That of the picture to draw from, with what is beyond a multiple cut off, unless another one is wanted. */
    private SampleSize size(DrawRequest request) {
        if (request.size() != null || request.source() == null) {
            return request.size() != null ? request.size() : traits.size();
        }
        SinglePicture image = request.source().image();
        int multiple = traits.sizeMultiple();
        return new SampleSize(
                Math.max(1, image.height() / multiple) * multiple, Math.max(1, image.width() / multiple) * multiple);
    }

    private static PromptRequest.Builder settings(DrawRequest request, PromptRequest.Builder drawn, SampleSize size) {
        return drawn.size(size.width(), size.height())
                .sampler(request.sampler())
                .steps(request.steps())
                .guidanceScale(request.guidance())
                .samplerOptions(request.samplerOptions())
                .clipSkip(request.clipSkip());
    }

    private static PictureSource source(SourcePicture from, SampleSize size, int copies) {
        SinglePicture image = from.image().fitted(size.width(), size.height());
        SinglePicture mask = from.mask() == null ? null : from.mask().fitted(size.width(), size.height());
        return new PictureSource(
                repeated(image.values(), copies),
                mask == null ? null : repeated(mask.values(), copies),
                from.strength());
    }

    private static INDArray repeated(INDArray picture, int copies) {
        return copies == 1
                ? picture
                : Nd4j.concat(0, Collections.nCopies(copies, picture).toArray(new INDArray[0]));
    }

    @Override
    public List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener) {
        PromptPlan plan = pipeline.plan(joined(parts));
        List<GeneratedImage> pictures = pipeline.draw(plan, listening(listener));
        List<List<GeneratedImage>> divided = new ArrayList<>();
        int first = 0;
        for (DrawPlan.Part part : parts) {
            divided.add(List.copyOf(pictures.subList(first, first + part.count())));
            first += part.count();
        }
        return divided;
    }

    /** One prompt for each picture. Each has a source of its own, so that it depends on no other one. */
    private static PromptRequest joined(List<DrawPlan.Part> parts) {
        List<String> prompts = new ArrayList<>();
        List<String> negative = new ArrayList<>();
        List<Long> seeds = new ArrayList<>();
        List<INDArray> images = new ArrayList<>();
        List<INDArray> masks = new ArrayList<>();
        TextPlan first = (TextPlan) parts.get(0).plan();
        for (DrawPlan.Part part : parts) {
            DrawRequest request = ((TextPlan) part.plan()).request();
            prompts.addAll(Collections.nCopies(part.count(), request.prompt()));
            if (request.negativePrompt() != null) {
                negative.addAll(Collections.nCopies(part.count(), request.negativePrompt()));
            }
            LongStream.range(0, part.count()).forEach(image -> seeds.add(request.seed() + part.first() + image));
            if (request.source() != null) {
                PictureSource source = source(request.source(), first.size(), part.count());
                images.add(source.image());
                if (source.mask() != null) {
                    masks.add(source.mask());
                }
            }
        }
        PromptRequest.Builder drawn = settings(first.request(), PromptRequest.of(prompts), first.size())
                .negative(negative.toArray(new String[0]))
                .seeds(seeds);
        if (!images.isEmpty()) {
            drawn.source(new PictureSource(
                    together(images),
                    masks.isEmpty() ? null : together(masks),
                    first.request().source().strength()));
        }
        return drawn.build();
    }

    private static INDArray together(List<INDArray> pictures) {
        return pictures.size() == 1 ? pictures.get(0) : Nd4j.concat(0, pictures.toArray(new INDArray[0]));
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
