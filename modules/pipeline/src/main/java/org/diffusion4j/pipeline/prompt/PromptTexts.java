package org.diffusion4j.pipeline.prompt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Turns texts into what a model's U-Net reads, as its pipeline does. It has no state, so threads may share it. */
public final class PromptTexts {
    private final PromptModel model;

    private PromptTexts(PromptModel model) {
        this.model = model;
    }

    /**
     * The texts of a model.
     *
     * @param parts the model's
     * @return what encodes for it
     * @throws org.diffusion4j.Diffusion4jException if the model's configuration isn't as it must be, or it has no text encoder
     */
    public static PromptTexts of(PipelineParts parts) {
        return new PromptTexts(PromptModel.open(parts));
    }

    /**
     * How many text encoders there are.
     *
     * @return 1 or 2
     */
    public int encoders() {
        return model.encoders().size();
    }

    /**
     * The length of an encoded text.
     *
     * @return in tokens
     */
    public int length() {
        return model.encoders().get(0).length();
    }

    /**
     * What is cut off of texts that are too long.
     *
     * @param texts any
     * @return a line for each text that is cut
     */
    public List<String> warnings(List<String> texts) {
        return model.encoders().get(0).warnings(texts);
    }

    /**
     * Finds texts' tokens, for a text encoder that learns.
     *
     * @param texts any
     * @return the first encoder's tokens, [N, L], int64
     */
    public INDArray ids(List<String> texts) {
        return model.encoders().get(0).ids(texts);
    }

    /**
     * Encodes texts.
     *
     * @param texts any, each of which is encoded once
     * @param opener opens the encoders' engines
     * @return by the U-Net's inputs, a row for each text: {@code encoder_hidden_states} [N, L, D] and, if the U-Net takes it,
     *     {@code text_embeds} [N, D]
     */
    public Map<String, INDArray> encode(List<String> texts, GraphOpener opener) {
        return TextConditioning.encoded(model, encoder -> texts, TextConditioning.state(model, 0), opener);
    }

    /**
     * What guidance leads away from where there is no negative text, as the model's pipeline has it: the empty text, or zeros.
     *
     * @param empty the empty text, encoded, by the U-Net's inputs
     * @return the same arrays, set to zero if the model says so
     */
    public Map<String, INDArray> noText(Map<String, INDArray> empty) {
        if (model.zeroesNoText()) {
            empty.values().forEach(array -> array.assign(0));
        }
        return empty;
    }

    /**
     * The guidance of the model's pipeline, if nothing else is said.
     *
     * @return diffusers' default of its class
     */
    public double usualGuidance() {
        return model.usualGuidance();
    }

    /**
     * The numbers that the U-Net is told of pictures.
     *
     * @param pictures what became of each until it had its size
     * @param size of all of them, in pixels
     * @return by the U-Net's inputs: {@code time_ids} [N, 6]; nothing if it takes none
     */
    public Map<String, INDArray> numbers(List<PictureSizes> pictures, SampleSize size) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        if (model.hasInput(UNet2DConditionGraph.NUMBERS)) {
            float[][] rows = pictures.stream().map(picture -> picture.row(size)).toArray(float[][]::new);
            inputs.put(UNet2DConditionGraph.NUMBERS, Nd4j.createFromArray(rows));
        }
        return inputs;
    }
}
