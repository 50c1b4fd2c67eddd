package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.cliptext.ClipTextGraph;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.LatentScale;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What is done once for each picture and caption, before the first step: what doesn't learn is run, and its results are kept in files.
 *
 * @param task says what learns
 * @param texts of the model
 * @param cache the files' folder
 * @param opener opens engines
 * @param open gets the files that stay open
 * @param listener told of what takes long
 */
record Preparation(
        PromptTask task,
        PromptTexts texts,
        Path cache,
        GraphOpener opener,
        Deque<AutoCloseable> open,
        Consumer<String> listener) {
    /**
     * Prepares pictures.
     *
     * @param kind what they are, if they aren't what is learned; the files' names begin with it
     * @param pictures the pictures
     * @param captions their texts
     */
    Lesson lesson(String kind, PictureSource pictures, Captions captions) {
        texts.warnings(captions.distinct()).forEach(listener);
        sayBuckets(kind, pictures);
        String prefix = kind.isEmpty() ? "" : kind + "-";
        PictureSource samples = pictures;
        LatentScale scale = null;
        if (task.hasAutoencoder()) {
            try (Component<AutoencoderKLConfig> vae =
                    task.parts().network(PipelineFolder.VAE, AutoencoderKLConfig.class)) {
                Autoencoder autoencoder = new Autoencoder(vae.config(), vae.tensors(), opener);
                scale = autoencoder.scale();
                samples = new LatentPictures(
                                cache, autoencoder, PromptTask.sum(task.parts(), PipelineFolder.VAE), open, listener)
                        .of(prefix + "latents", pictures, task.mirrored());
            }
        }
        return new Lesson(
                samples,
                new PromptRecipe(
                        captions,
                        task.plan().labelDropout(),
                        inputs(prefix + "texts", captions),
                        texts,
                        PromptRecipe.sizes(pictures),
                        task.factor(),
                        scale,
                        task.unet().dropout() > 0));
    }

    /** Tokens for a text encoder that learns, otherwise what it gives. */
    private Function<List<String>, Map<String, INDArray>> inputs(String name, Captions captions) {
        if (task.learning().textEncoder()) {
            return some -> Map.of(ClipTextGraph.INPUT_IDS, texts.ids(some));
        }
        EncodedTexts encoded = EncodedTexts.open(cache, name, captions, texts, task.textSum(), opener, listener);
        open.push(encoded);
        return encoded::of;
    }

    private void sayBuckets(String kind, PictureSource pictures) {
        List<? extends PictureSource> buckets = pictures.buckets();
        if (buckets.size() > 1) {
            listener.accept(buckets.stream()
                    .map(bucket ->
                            String.format(Locale.ROOT, "%,d of %dx%d", bucket.size(), bucket.width(), bucket.height()))
                    .collect(Collectors.joining(", ", kind.isEmpty() ? "buckets: " : kind + " buckets: ", "")));
        }
    }
}
