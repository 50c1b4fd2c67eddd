package org.diffusion4j.pipeline.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.UnfinishedArrays;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.TextEncoding;
import org.diffusion4j.pipeline.part.TextState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What the network is told of a plan's pictures: the encoded prompts, and with SDXL their sizes.
 *
 * @param inputs arrays by the network's names, with a row for each picture; this owns them
 * @param negative the same for what the pictures move away from; empty without guidance
 */
record TextConditioning(Map<String, INDArray> inputs, Map<String, INDArray> negative) implements AutoCloseable {
    /** Encodes a plan's prompts: the encoders' weights are open only meanwhile. */
    static TextConditioning of(PromptModel model, PromptPlan plan, boolean guided, GraphOpener opener) {
        Prompts prompts = plan.request().prompts();
        boolean forced = prompts.negative().isEmpty() && model.zeroesNoText();
        Map<String, INDArray> inputs = encoded(model, plan, true, opener);
        TextConditioning conditioning = new TextConditioning(inputs, new LinkedHashMap<>());
        try {
            conditioning.complete(model, plan, guided, forced, opener);
            return conditioning;
        } catch (RuntimeException | Error e) {
            conditioning.close();
            throw e;
        }
    }

    private void complete(PromptModel model, PromptPlan plan, boolean guided, boolean forced, GraphOpener opener) {
        if (guided && forced) {
            inputs.forEach((name, array) -> negative.put(name, Nd4j.zerosLike(array)));
        } else if (guided) {
            negative.putAll(encoded(model, plan, false, opener));
        }
        if (model.hasInput(UNet2DConditionGraph.NUMBERS)) {
            PromptRequest request = plan.request();
            inputs.put(UNet2DConditionGraph.NUMBERS, numbers(request.sizes(), plan));
            if (guided) {
                List<PictureSizes> from = request.negativeSizes().isEmpty() ? request.sizes() : request.negativeSizes();
                negative.put(UNet2DConditionGraph.NUMBERS, numbers(from, plan));
            }
        }
        if (model.unet().timeCondProjDim() != null) {
            inputs.put(
                    UNet2DConditionGraph.TIMESTEP_CONDITION,
                    guidanceEmbedding(plan.guidanceScale(), model.unet().timeCondProjDim(), plan.images()));
        }
    }

    private static Map<String, INDArray> encoded(
            PromptModel model, PromptPlan plan, boolean positive, GraphOpener opener) {
        Prompts prompts = plan.request().prompts();
        // Of two encoders the prompts of the second one count for it; a model that has just that one has no others.
        return encoded(
                model,
                encoder -> forPictures(
                        positive ? prompts.ofEncoder(encoder) : prompts.negativeOfEncoder(encoder), prompts),
                state(model, positive ? prompts.clipSkip() : 0),
                opener);
    }

    /** SDXL's clip skip counts for the prompts only. */
    static TextState state(PromptModel model, int clipSkip) {
        return model.isXl() ? TextState.stableDiffusionXl(clipSkip) : TextState.stableDiffusion(clipSkip);
    }

    /**
     * Encodes texts. SDXL has the hidden states of two encoders side by side, and the second one's own vector of each text.
     *
     * @param texts those of each encoder
     */
    static Map<String, INDArray> encoded(
            PromptModel model, IntFunction<List<String>> texts, TextState state, GraphOpener opener) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        try (UnfinishedArrays hidden = new UnfinishedArrays();
                UnfinishedArrays pooled = new UnfinishedArrays()) {
            for (int i = 0; i < model.encoders().size(); i++) {
                TextEncoding encoding = model.encoders().get(i).encode(texts.apply(i), state, opener);
                hidden.add(encoding.hidden());
                pooled.take().forEach(Denoising::free); // the last one counts
                pooled.add(encoding.pooled());
            }
            List<INDArray> states = hidden.take();
            inputs.put(UNet2DConditionGraph.CONTEXT, beside(states));
            if (model.hasInput(UNet2DConditionGraph.TEXT)) {
                inputs.put(UNet2DConditionGraph.TEXT, pooled.take().get(0));
            }
            return inputs;
        }
    }

    /** Hidden states side by side, of which only the result is left. */
    private static INDArray beside(List<INDArray> states) {
        if (states.size() == 1) {
            return states.get(0);
        }
        INDArray all = Nd4j.concat(2, states.toArray(INDArray[]::new));
        states.forEach(Denoising::free);
        return all;
    }

    /** The text of each picture. */
    private static List<String> forPictures(List<String> texts, Prompts prompts) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> {
            for (int i = 0; i < prompts.imagesPerPrompt(); i++) {
                all.add(text);
            }
        });
        return all;
    }

    private static INDArray numbers(List<PictureSizes> sizes, PromptPlan plan) {
        SampleSize drawn = plan.size();
        float[][] rows = new float[plan.images()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = sizes.get(sizes.size() == 1 ? 0 : i).row(drawn);
        }
        return Nd4j.createFromArray(rows);
    }

    /**
     * The sinusoids of a guidance scale, which a distilled network is told: Meng et al. 2023 (arXiv:2210.03142), section 3.1. All
     * sines come before all cosines.
     */
    static INDArray guidanceEmbedding(double scale, int width, int images) {
        int half = width / 2;
        float[][] rows = new float[images][width];
        for (float[] row : rows) {
            for (int i = 0; i < half; i++) {
                double angle = (scale - 1) * 1000 * Math.exp(-Math.log(10000) * i / Math.max(1, half - 1));
                row[i] = (float) Math.sin(angle);
                row[half + i] = (float) Math.cos(angle);
            }
        }
        return Nd4j.createFromArray(rows);
    }

    @Override
    public void close() {
        inputs.values().forEach(Denoising::free);
        negative.values().forEach(Denoising::free);
    }
}
