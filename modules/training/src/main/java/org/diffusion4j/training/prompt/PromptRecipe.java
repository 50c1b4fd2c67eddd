package org.diffusion4j.training.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.part.LatentDistribution;
import org.diffusion4j.pipeline.part.LatentScale;
import org.diffusion4j.pipeline.prompt.PictureSizes;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.training.BatchRecipe;
import org.diffusion4j.training.DropoutSeeds;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a U-Net that reads texts gets of pictures: pictures or latents, and their captions, some of which are empty.
 *
 * @param captions the pictures' texts
 * @param dropped share of captions that are replaced by an empty one
 * @param texts makes the inputs of texts: tokens, or what a text encoder gives
 * @param numbers what the U-Net is told of sizes
 * @param sizes what became of pictures until they had the size that they are learned in; of others nothing is known
 * @param factor how many pixels a sample's number stands for in each direction
 * @param scale of the latents, of which a batch has the distributions; null for pictures as they are
 * @param dropout whether the network drops activations
 */
record PromptRecipe(
        Captions captions,
        double dropped,
        Function<List<String>, Map<String, INDArray>> texts,
        PromptTexts numbers,
        Map<String, PictureSizes> sizes,
        int factor,
        LatentScale scale,
        boolean dropout)
        implements BatchRecipe {
    /** What became of pictures, by name; mirrored ones are as many columns off at their left, or one more or less. */
    static Map<String, PictureSizes> sizes(PictureSource pictures) {
        Map<String, PictureSizes> sizes = new HashMap<>();
        pictures.framings()
                .forEach((name, framing) -> sizes.put(
                        name,
                        new PictureSizes(
                                new SampleSize(framing.height(), framing.width()),
                                framing.top(),
                                framing.left(),
                                null)));
        return sizes;
    }

    @Override
    public INDArray clean(PictureBatch batch, SplittableRandom random) {
        if (scale == null) {
            return batch.sample();
        }
        try (INDArray moments = batch.sample()) {
            LatentDistribution latents = LatentDistribution.of(moments);
            long[] shape = latents.mean().shape();
            float[] noise = new float[Math.toIntExact(latents.mean().length())];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (float) random.nextGaussian();
            }
            try (INDArray drawn = latents.sample(Nd4j.create(noise, shape, 'c'))) {
                return scale.scaled(drawn);
            }
        }
    }

    @Override
    public Map<String, INDArray> conditioning(PictureBatch batch, SplittableRandom random) {
        List<String> read = new ArrayList<>();
        for (String name : batch.names()) {
            String caption = captions.of(name);
            read.add(random.nextDouble() < dropped ? "" : caption);
        }
        Map<String, INDArray> inputs = new LinkedHashMap<>(texts.apply(read));
        SampleSize size = new SampleSize(
                (int) batch.sample().size(2) * factor, (int) batch.sample().size(3) * factor);
        inputs.putAll(numbers.numbers(
                batch.names().stream()
                        .map(name -> sizes.getOrDefault(name, PictureSizes.DRAWN))
                        .toList(),
                size));
        if (dropout) {
            inputs.put(UNetGraph.DROPOUT_SEED, DropoutSeeds.draw(read.size(), random));
        }
        return inputs;
    }
}
