package org.diffusion4j.training.evaluate.inception;

import org.diffusion4j.training.evaluate.inception.InceptionLayers.Place;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * InceptionV3 up to its last pooling (Szegedy et al. 2015, arXiv:1512.00567, table 1), in the form of 2015 that the published
 * distances use: average pooling leaves out what is beyond the image, and the last block takes the largest in place of the
 * mean. Layers have the names that PyTorch's files have.
 */
final class InceptionGraph {
    /** Pictures, [N, 3, 299, 299]. */
    static final String PICTURES = "pictures";
    /** Features, [N, 2048]. */
    static final String FEATURES = "features";

    private final InceptionLayers layers;

    private InceptionGraph(InceptionLayers layers) {
        this.layers = layers;
    }

    /**
     * Builds the graph.
     *
     * @param weights gives {@code LAYER.conv.weight} and {@code LAYER.bn.*}
     * @return the graph, with the batch normalisations in its convolutions
     */
    static SameDiff of(InceptionLayers.Weights weights) {
        SameDiff graph = SameDiff.create();
        graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), true);
        InceptionGraph inception = new InceptionGraph(new InceptionLayers(graph, weights));
        SDVariable pictures = graph.placeHolder(PICTURES, DataType.FLOAT, -1, 3, InceptionV3.SIZE, InceptionV3.SIZE);
        graph.mean(FEATURES, inception.blocks(inception.stem(pictures)), 2, 3);
        return graph;
    }

    private SDVariable stem(SDVariable pictures) {
        SDVariable x = layers.convolution("Conv2d_1a_3x3", pictures, Place.SECOND, 32, 3, 3, 3);
        x = layers.convolution("Conv2d_2a_3x3", x, Place.EACH, 32, 32, 3, 3);
        x = layers.maxPool(layers.same("Conv2d_2b_3x3", x, 32, 64, 3, 3));
        x = layers.same("Conv2d_3b_1x1", x, 64, 80, 1, 1);
        return layers.maxPool(layers.convolution("Conv2d_4a_3x3", x, Place.EACH, 192, 80, 3, 3));
    }

    private SDVariable blocks(SDVariable stem) {
        SDVariable x = fives("Mixed_5b", stem, 192, 32);
        x = fives("Mixed_5c", x, 256, 64);
        x = fives("Mixed_5d", x, 288, 64);
        x = halved("Mixed_6a", x);
        x = sevens("Mixed_6b", x, 128);
        x = sevens("Mixed_6c", x, 160);
        x = sevens("Mixed_6d", x, 160);
        x = sevens("Mixed_6e", x, 192);
        x = halvedAgain("Mixed_7a", x);
        x = wide("Mixed_7b", x, 1280, false);
        return wide("Mixed_7c", x, 2048, true);
    }

    /** Figure 5, with a 5×5 kernel in place of one pair of 3×3. */
    private SDVariable fives(String name, SDVariable x, int in, int pooled) {
        SDVariable five = layers.same(name + ".branch5x5_1", x, in, 48, 1, 1);
        SDVariable three = layers.same(name + ".branch3x3dbl_1", x, in, 64, 1, 1);
        three = layers.same(name + ".branch3x3dbl_2", three, 64, 96, 3, 3);
        return layers.concat(
                layers.same(name + ".branch1x1", x, in, 64, 1, 1),
                layers.same(name + ".branch5x5_2", five, 48, 64, 5, 5),
                layers.same(name + ".branch3x3dbl_3", three, 96, 96, 3, 3),
                layers.same(name + ".branch_pool", layers.meanAround(x), in, pooled, 1, 1));
    }

    /** Figure 10: from 35×35 to 17×17. */
    private SDVariable halved(String name, SDVariable x) {
        SDVariable three = layers.same(name + ".branch3x3dbl_1", x, 288, 64, 1, 1);
        three = layers.same(name + ".branch3x3dbl_2", three, 64, 96, 3, 3);
        return layers.concat(
                layers.convolution(name + ".branch3x3", x, Place.SECOND, 384, 288, 3, 3),
                layers.convolution(name + ".branch3x3dbl_3", three, Place.SECOND, 96, 96, 3, 3),
                layers.maxPool(x));
    }

    /** Figure 6: 7×7 as 1×7 and 7×1. */
    private SDVariable sevens(String name, SDVariable x, int width) {
        SDVariable once = layers.same(name + ".branch7x7_1", x, 768, width, 1, 1);
        once = layers.same(name + ".branch7x7_2", once, width, width, 1, 7);
        SDVariable twice = layers.same(name + ".branch7x7dbl_1", x, 768, width, 1, 1);
        twice = layers.same(name + ".branch7x7dbl_2", twice, width, width, 7, 1);
        twice = layers.same(name + ".branch7x7dbl_3", twice, width, width, 1, 7);
        twice = layers.same(name + ".branch7x7dbl_4", twice, width, width, 7, 1);
        return layers.concat(
                layers.same(name + ".branch1x1", x, 768, 192, 1, 1),
                layers.same(name + ".branch7x7_3", once, width, 192, 7, 1),
                layers.same(name + ".branch7x7dbl_5", twice, width, 192, 1, 7),
                layers.same(name + ".branch_pool", layers.meanAround(x), 768, 192, 1, 1));
    }

    /** From 17×17 to 8×8. */
    private SDVariable halvedAgain(String name, SDVariable x) {
        SDVariable three = layers.same(name + ".branch3x3_1", x, 768, 192, 1, 1);
        SDVariable seven = layers.same(name + ".branch7x7x3_1", x, 768, 192, 1, 1);
        seven = layers.same(name + ".branch7x7x3_2", seven, 192, 192, 1, 7);
        seven = layers.same(name + ".branch7x7x3_3", seven, 192, 192, 7, 1);
        return layers.concat(
                layers.convolution(name + ".branch3x3_2", three, Place.SECOND, 320, 192, 3, 3),
                layers.convolution(name + ".branch7x7x3_4", seven, Place.SECOND, 192, 192, 3, 3),
                layers.maxPool(x));
    }

    /** Figure 7: more channels for the last features. */
    private SDVariable wide(String name, SDVariable x, int in, boolean largest) {
        SDVariable three = layers.same(name + ".branch3x3_1", x, in, 384, 1, 1);
        SDVariable twice = layers.same(name + ".branch3x3dbl_1", x, in, 448, 1, 1);
        twice = layers.same(name + ".branch3x3dbl_2", twice, 448, 384, 3, 3);
        return layers.concat(
                layers.same(name + ".branch1x1", x, in, 320, 1, 1),
                layers.same(name + ".branch3x3_2a", three, 384, 384, 1, 3),
                layers.same(name + ".branch3x3_2b", three, 384, 384, 3, 1),
                layers.same(name + ".branch3x3dbl_3a", twice, 384, 384, 1, 3),
                layers.same(name + ".branch3x3dbl_3b", twice, 384, 384, 3, 1),
                layers.same(
                        name + ".branch_pool", largest ? layers.maxAround(x) : layers.meanAround(x), in, 192, 1, 1));
    }
}
