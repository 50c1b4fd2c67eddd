package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Captions as the U-Net reads them, of a text encoder that doesn't learn: encoded once into a file of the run, so that the encoder
 * isn't in memory while the network learns.
 */
final class EncodedTexts implements AutoCloseable {
    private static final int TOGETHER = 64;

    private final RowsFile file;
    /** The shape of each input, without the batch, in the order in which a row has them. */
    private final Map<String, long[]> shapes;

    private final Map<String, Integer> rows = new HashMap<>();

    private EncodedTexts(RowsFile file, Map<String, long[]> shapes) {
        this.file = file;
        this.shapes = shapes;
        file.names().forEach(text -> rows.put(text, rows.size()));
    }

    /**
     * Encodes texts, or opens what an earlier run has encoded.
     *
     * @param folder for the file
     * @param name of the file
     * @param captions the texts; the empty one is added
     * @param encoder turns texts into the U-Net's inputs
     * @param encoderSum the sum of its weights
     * @param opener opens its engines
     * @param listener told of it
     */
    static EncodedTexts open(
            Path folder,
            String name,
            Captions captions,
            PromptTexts encoder,
            String encoderSum,
            GraphOpener opener,
            Consumer<String> listener) {
        List<String> texts = new ArrayList<>(captions.distinct());
        if (!texts.contains("")) {
            texts.add(0, "");
        }
        Map<String, long[]> shapes = new TreeMap<>();
        encoder.encode(List.of(""), opener).forEach((input, array) -> {
            long[] shape = array.shape();
            shapes.put(input, Arrays.copyOfRange(shape, 1, shape.length));
            array.close();
        });
        int length = shapes.values().stream().mapToInt(EncodedTexts::length).sum();
        String key = captions.sum() + " " + encoderSum + " " + length;
        RowsFile file = RowsFile.of(folder, name, key, texts.size(), length, TOGETHER, (first, count) -> {
            listener.accept(String.format(Locale.ROOT, "encoding captions: %d of %d", first, texts.size()));
            List<String> some = texts.subList(first, first + count);
            Map<String, INDArray> encoded = encoder.encode(some, opener);
            float[] values = new float[count * length];
            int offset = 0;
            for (Map.Entry<String, long[]> input : shapes.entrySet()) {
                int each = length(input.getValue());
                try (INDArray array = encoded.get(input.getKey())) {
                    float[] all = array.dup('c').data().asFloat();
                    for (int i = 0; i < count; i++) {
                        System.arraycopy(all, i * each, values, i * length + offset, each);
                    }
                }
                offset += each;
            }
            return new RowsFile.Rows(some, values);
        });
        return new EncodedTexts(file, shapes);
    }

    private static int length(long... shape) {
        int length = 1;
        for (long size : shape) {
            length = Math.multiplyExact(length, Math.toIntExact(size));
        }
        return length;
    }

    /** The U-Net's inputs for some of the texts. */
    Map<String, INDArray> of(List<String> texts) {
        int length = shapes.values().stream().mapToInt(EncodedTexts::length).sum();
        float[] row = new float[length];
        Map<String, float[]> values = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> values.put(name, new float[texts.size() * length(shape)]));
        for (int i = 0; i < texts.size(); i++) {
            file.read(rows.get(texts.get(i)), row, 0);
            int offset = 0;
            for (Map.Entry<String, long[]> input : shapes.entrySet()) {
                int each = length(input.getValue());
                System.arraycopy(row, offset, values.get(input.getKey()), i * each, each);
                offset += each;
            }
        }
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        values.forEach((name, all) -> {
            long[] shape = new long[shapes.get(name).length + 1];
            shape[0] = texts.size();
            System.arraycopy(shapes.get(name), 0, shape, 1, shape.length - 1);
            inputs.put(name, Nd4j.create(all, shape, 'c'));
        });
        return inputs;
    }

    /** How many tokens a text has. */
    int length() {
        return Math.toIntExact(shapes.get(UNet2DConditionGraph.CONTEXT)[0]);
    }

    @Override
    public void close() {
        file.close();
    }
}
