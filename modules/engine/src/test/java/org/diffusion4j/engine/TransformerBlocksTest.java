package org.diffusion4j.engine;

import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.SequenceAttention;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The blocks of a text encoder and of a U-Net that reads a text, which the single ops are for. */
class TransformerBlocksTest {
    private static final int CHANNELS = 24;
    private static final int LENGTH = 9;

    /** Makes the parameters of one graph. */
    private record Layers(SameDiff sd, DataType type) {
        ParameterScope scope(String name) {
            return new ParameterScope(
                    (parameter, initial, trainable, shape) -> parameter(parameter, shape), name + ".", false, null);
        }

        SDVariable parameter(String name, long... shape) {
            double fanIn = (double) shape[shape.length - 1];
            return sd.var(
                    name,
                    SmallGraph.numbers(name.hashCode(), shape).castTo(type).div(Math.sqrt(fanIn)));
        }

        ShapedVariable norm(String name, ShapedVariable x) {
            SDVariable weight = parameter(name + ".weight", x.size(-1));
            return Norms.layerNorm(x, weight, parameter(name + ".bias", x.size(-1)), 1e-5);
        }

        ShapedVariable linear(String name, ShapedVariable x, long out) {
            return FeedForward.linear(scope(name), x, out, true);
        }

        ShapedVariable sum(ShapedVariable x, ShapedVariable y) {
            return x.with(x.variable().add(y.variable()));
        }
    }

    private static SDVariable textEncoder(SameDiff sd, DataType type) {
        Layers layers = new Layers(sd, type);
        ShapedVariable tokens = new ShapedVariable(sd.placeHolder("tokens", DataType.INT64, -1, LENGTH), -1, LENGTH);
        SDVariable mask = sd.placeHolder("mask", DataType.INT64, -1, LENGTH);
        ShapedVariable x = Embeddings.embedding(tokens, layers.parameter("token", 50, CHANNELS));
        x = x.with(x.variable().add(layers.parameter("position", LENGTH, CHANNELS)));
        for (int layer = 0; layer < 2; layer++) {
            ShapedVariable normalized = layers.norm("norm1." + layer, x);
            ShapedVariable attended = Attentions.attention(
                    layers.linear("q." + layer, normalized, CHANNELS),
                    layers.linear("k." + layer, normalized, CHANNELS),
                    layers.linear("v." + layer, normalized, CHANNELS),
                    3,
                    Attentions.keyBias(mask, type),
                    true);
            x = layers.sum(x, layers.linear("out." + layer, attended, CHANNELS));
            ShapedVariable hidden = layers.linear("fc1." + layer, layers.norm("norm2." + layer, x), 4L * CHANNELS);
            x = layers.sum(x, layers.linear("fc2." + layer, Activations.quickGelu(hidden), CHANNELS));
        }
        return layers.norm("final", x).variable();
    }

    private static OpAgreement textEncoder() {
        INDArray tokens = Nd4j.createFromArray(
                new int[][] {{49, 3, 3, 17, 0, 1, 1, 1, 1}, {49, 8, 2, 3, 4, 5, 6, 7, 0}, {49, 0, 0, 0, 0, 0, 0, 0, 0}
                });
        INDArray mask = Nd4j.createFromArray(
                new int[][] {{1, 1, 1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 0, 0, 0, 0, 0}});
        return new OpAgreement(TransformerBlocksTest::textEncoder)
                .input("tokens", tokens)
                .input("mask", mask);
    }

    private static SDVariable imageBlock(SameDiff sd, DataType type) {
        Layers layers = new Layers(sd, type);
        ShapedVariable image = new ShapedVariable(sd.placeHolder("x", type, -1, 16, 5, 7), -1, 16, 5, 7);
        ShapedVariable context = new ShapedVariable(sd.placeHolder("context", type, -1, LENGTH, 12), -1, LENGTH, 12);
        ShapedVariable x = Attentions.toSequence(Norms.groupNorm(layers.scope("norm"), image, 4, 1e-6));
        x = layers.linear("proj_in", x, CHANNELS);
        SequenceAttention attention = new SequenceAttention(new AttentionSpec(3, 8, false));
        x = layers.sum(x, attention.apply(layers.scope("attn1"), layers.norm("norm1", x), null, null));
        x = layers.sum(x, attention.apply(layers.scope("attn2"), layers.norm("norm2", x), context, null));
        SDVariable gate = layers.parameter("gate.weight", 8L * CHANNELS, CHANNELS);
        ShapedVariable gated =
                FeedForward.geglu(layers.norm("norm3", x), gate, layers.parameter("gate.bias", 8L * CHANNELS));
        x = layers.sum(x, layers.linear("ff", gated, CHANNELS));
        ShapedVariable y = Attentions.toImage(layers.linear("proj_out", x, 16), 5, 7);
        return layers.sum(y, image).variable();
    }

    private static OpAgreement imageBlock() {
        return new OpAgreement(TransformerBlocksTest::imageBlock)
                .differentiated("x", SmallGraph.numbers(1, 3, 16, 5, 7))
                .differentiated("context", SmallGraph.numbers(2, 3, LENGTH, 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aTextEncoderAndItsGradientsAreSameDiffs(int threads) {
        textEncoder().holds(threads);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anImagesBlockAndItsGradientsAreSameDiffs(int threads) {
        imageBlock().holds(threads);
    }

    @Test
    void anImageIsTheSameToTheBitInAnyBatch() {
        textEncoder().givesAnImageTheSameInAnyBatch(2);
        imageBlock().givesAnImageTheSameInAnyBatch(2);
    }
}
