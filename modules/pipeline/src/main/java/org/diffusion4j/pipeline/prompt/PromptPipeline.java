package org.diffusion4j.pipeline.prompt;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.PictureCoder;
import org.diffusion4j.pipeline.part.Rows;
import org.diffusion4j.pipeline.part.SampleSpace;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Draws pictures of prompts with a model of the Stable Diffusion family, in a folder or in a single file: text to image, image to image, inpainting, with or without
 * ControlNets, as the model's class and the request say. The same request gives the same pictures as diffusers. At any time only
 * one of text encoder, denoising network and autoencoder has its weights in memory. It has no state, so threads may share it. A drawing
 * can be cancelled at any time, also in the middle of a network, by {@link PromptListener#isCancelled}.
 */
public final class PromptPipeline {
    /** How many pictures are decoded before their autoencoder is opened anew, since all of them are in memory together. */
    private static final int DECODED_TOGETHER = 64;

    private final PromptModel model;
    private final GraphOpener opener;
    private final GraphOpener exact;

    private PromptPipeline(PromptModel model, GraphOpener opener, GraphOpener exact) {
        this.model = model;
        this.opener = opener;
        this.exact = exact;
    }

    /**
     * Opens a model, on the fastest engine in float32.
     *
     * @param model a folder with {@code model_index.json}, or a single file
     * @return the pipeline
     * @throws Diffusion4jException if a part is missing, or something in its configuration isn't as it must be
     */
    public static PromptPipeline open(Path model) {
        return open(model, EngineKind.AUTO, PhysicalCores.count(), Precision.FP32);
    }

    /**
     * Opens a model.
     *
     * @param model a folder with {@code model_index.json}, or a single file
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied; an autoencoder that says that it needs float32 has it anyway
     * @return the pipeline
     * @throws Diffusion4jException if a part is missing, or something in its configuration isn't as it must be
     */
    public static PromptPipeline open(Path model, EngineKind kind, int threads, Precision precision) {
        return open(PipelineFiles.open(model), kind, threads, precision);
    }

    /**
     * Opens a model whose parts are already found.
     *
     * @param parts its parts, such as of a {@link PipelineFolder}
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied; an autoencoder that says that it needs float32 has it anyway
     * @return the pipeline
     * @throws Diffusion4jException if something in its configuration isn't as it must be
     */
    public static PromptPipeline open(PipelineParts parts, EngineKind kind, int threads, Precision precision) {
        return new PromptPipeline(
                PromptModel.open(parts),
                GraphOpener.of(kind, threads, precision),
                GraphOpener.of(kind, threads, Precision.FP32));
    }

    /**
     * Opens a model, on engines with special settings.
     *
     * @param model a folder with {@code model_index.json}, or a single file
     * @param opener opens the engines of all parts
     * @return the pipeline
     * @throws Diffusion4jException if a part is missing, or something in its configuration isn't as it must be
     */
    public static PromptPipeline open(Path model, GraphOpener opener) {
        return open(PipelineFiles.open(model), opener);
    }

    /**
     * Opens a model whose parts are already found, on engines with special settings.
     *
     * @param parts its parts, such as of a {@link PipelineFolder}
     * @param opener opens the engines of all parts
     * @return the pipeline
     * @throws Diffusion4jException if something in its configuration isn't as it must be
     */
    public static PromptPipeline open(PipelineParts parts, GraphOpener opener) {
        return new PromptPipeline(PromptModel.open(parts), opener, opener);
    }

    /**
     * The same pipeline with adapters and learned words, in place of those that it has.
     *
     * @param additions what is added to the model
     * @return a pipeline of the same model
     * @throws Diffusion4jException if a file can't be read, or doesn't fit the model; the message names the tensor
     */
    public PromptPipeline with(Additions additions) {
        return new PromptPipeline(model.with(additions), opener, exact);
    }

    /**
     * What was noticed while the folder was opened, but isn't an error.
     *
     * @return one line each; usually none
     */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(model.parts().notes());
        notes.addAll(model.parts().networkNotes());
        return notes;
    }

    /**
     * What the model is made of.
     *
     * @return its parts
     */
    public PipelineParts parts() {
        return model.parts();
    }

    /**
     * The size that the model draws best.
     *
     * @return its size in pixels; null if it has none
     */
    public SampleSize usualSize() {
        return model.usualSize();
    }

    /**
     * What the model's network denoises.
     *
     * @return the latents of its autoencoder, or pictures themselves if it has none
     */
    public SampleSpace space() {
        return model.space();
    }

    /**
     * Checks a request against the model and fills in everything that it leaves open: the model's best settings, if it names some,
     * and otherwise what diffusers' pipelines have. No weights are read.
     *
     * @param request the request
     * @return the request with all values set
     * @throws Diffusion4jException if the model can't do what is asked; the message names the option
     */
    public PromptPlan plan(PromptRequest request) {
        return new PromptPlanner(model).plan(request);
    }

    /**
     * Draws pictures.
     *
     * @param request what to draw
     * @return the pictures: those of the first prompt, then those of the second, and so on
     * @throws Diffusion4jException if the model can't do what is asked, or the weights don't fit
     */
    public List<GeneratedImage> draw(PromptRequest request) {
        return draw(plan(request), PromptListener.NOBODY);
    }

    /**
     * Draws what is planned.
     *
     * @param plan a plan that {@link #plan} made
     * @param listener looks on, and may end it
     * @return the pictures: those of the first prompt, then those of the second, and so on
     * @throws Diffusion4jException if the weights don't fit, or a network gives numbers that aren't finite
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<GeneratedImage> draw(PromptPlan plan, PromptListener listener) {
        return draw(plan, listener, LatentNoise.of(plan.request()));
    }

    /**
     * Draws what is planned, with random numbers of any origin.
     *
     * @param plan a plan that {@link #plan} made
     * @param listener looks on, and may end it
     * @param noise where the random numbers come from
     * @return the pictures: those of the first prompt, then those of the second, and so on
     * @throws Diffusion4jException if the weights don't fit, or a network gives numbers that aren't finite
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<GeneratedImage> draw(PromptPlan plan, PromptListener listener, LatentNoise noise) {
        return new PromptPipeline(
                        model, opener.cancelledBy(listener::isCancelled), exact.cancelledBy(listener::isCancelled))
                .drawn(plan, listener, noise);
    }

    private List<GeneratedImage> drawn(PromptPlan plan, PromptListener listener, LatentNoise noise) {
        Cancelled.check(listener);
        List<GeneratedImage> images = new ArrayList<>();
        try (LatentTask task = task(plan);
                INDArray latents =
                        new LatentDrawing(model, plan, opener, listener).draw(task, new HeardNoise(noise, listener))) {
            for (int first = 0; first < plan.images(); first += DECODED_TOGETHER) {
                Cancelled.check(listener);
                int count = Math.min(DECODED_TOGETHER, plan.images() - first);
                images.addAll(decoded(plan, first, Rows.ofPictures(latents, first, count), listener));
            }
        }
        return images;
    }

    /**
     * Makes previews that need no network: a colour for each latent, which the model's autoencoder is asked for now. Without an
     * autoencoder, they are the samples themselves.
     *
     * @return the previews, an eighth of the pictures' size with the usual autoencoders
     * @throws Diffusion4jException if the autoencoder's weights don't fit
     */
    public LatentPreview linearPreview() {
        try (PictureCoder coder = model.space().open(opener, exact)) {
            return LinearPreview.of(coder, model.space().channels());
        }
    }

    private LatentTask task(PromptPlan plan) {
        if (plan.task() == PromptPlan.Task.TEXT_TO_IMAGE) {
            return new TextToImage();
        }
        try (PictureCoder coder = model.space().open(opener, exact)) {
            return SourceEncoding.task(model, plan, coder);
        }
    }

    private List<GeneratedImage> decoded(PromptPlan plan, int first, INDArray latents, PromptListener listener) {
        try (INDArray all = latents;
                PictureCoder coder = model.space().open(opener, exact);
                INDArray pictures = coder.decode(all)) {
            listener.decoded(first, pictures);
            return images(plan, first, pictures);
        }
    }

    private List<GeneratedImage> images(PromptPlan plan, int first, INDArray samples) {
        List<BufferedImage> pictures = Pixels.toPictures(samples);
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            long seed = plan.request().seeds().get(first + i);
            INDArray sample = samples.get(NDArrayIndex.point(i)).dup('c');
            images.add(new GeneratedImage(sample, pictures.get(i), null, seed, metadata(plan, first + i, seed)));
        }
        return images;
    }

    private Map<String, String> metadata(PromptPlan plan, int image, long seed) {
        Map<String, String> metadata = new TreeMap<>(plan.settings());
        metadata.putAll(model.additions().settings());
        Prompts prompts = plan.request().prompts();
        int prompt = image / prompts.imagesPerPrompt();
        metadata.put("Software", "diffusion4j");
        metadata.put("seed", Long.toString(seed));
        metadata.put("prompt", prompts.texts().get(prompt));
        if (!prompts.negative().isEmpty()) {
            metadata.put("negative_prompt", prompts.negativeOfEncoder(0).get(prompt));
        }
        if (!prompts.second().isEmpty()) {
            metadata.put("prompt_2", prompts.ofEncoder(1).get(prompt));
        }
        if (!prompts.negativeSecond().isEmpty()) {
            metadata.put("negative_prompt_2", prompts.negativeOfEncoder(1).get(prompt));
        }
        return metadata;
    }
}
