package org.diffusion4j.engine.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.diffusion4j.engine.SmallGraph;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.read.Reading;
import org.diffusion4j.samediff.SharedArrays;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** Each rewrite fires on its pattern, without a change of the numbers, and not on what looks much like it. */
class RewritesTest {
    /** The ops of a graph of images [N, 4, 6, 6]. */
    private interface Ops extends BiFunction<SameDiff, SDVariable, SDVariable> {}

    /** What a rewrite fires on, and by name what it doesn't. */
    private record Case(Ops pattern, Map<String, Ops> misses) {
        static Case of(Ops pattern) {
            return new Case(pattern, new LinkedHashMap<>());
        }

        Case butNot(String name, Ops miss) {
            misses.put(name, miss);
            return this;
        }
    }

    private static SDVariable parameter(SameDiff sd, long... shape) {
        return sd.var(SmallGraph.numbers(3, shape));
    }

    private static SDVariable norm(SameDiff sd, SDVariable x, int groups) {
        SDVariable rows = x.reshape(-1, groups, 144 / groups);
        SDVariable centered = rows.sub(rows.mean(true, 2));
        SDVariable variance = sd.math().square(centered).mean(true, 2);
        return centered.div(sd.math().sqrt(variance.add(1e-5))).reshape(-1, 4, 6, 6);
    }

    /** A norm over the last dimension. */
    private static SDVariable layerNorm(SameDiff sd, SDVariable x) {
        SDVariable centered = x.sub(x.mean(true, 3));
        SDVariable variance = sd.math().square(centered).mean(true, 3);
        return centered.div(sd.math().sqrt(variance.add(1e-5)));
    }

    private static SDVariable perChannel(SameDiff sd) {
        return parameter(sd, 4).reshape(1, 4, 1, 1);
    }

    private static SDVariable embedding(SDVariable x) {
        return x.mean(true, 2, 3);
    }

    /** A number for each image. */
    private static SDVariable perImage(SDVariable x) {
        return x.mean(true, 1, 2, 3);
    }

    private static SDVariable convolution(SameDiff sd, SDVariable x, int channels, int padding) {
        return convolution(sd, x, parameter(sd, 4, channels, 3, 3).permute(2, 3, 1, 0), padding);
    }

    private static SDVariable convolution(SameDiff sd, SDVariable x, SDVariable weight, int padding) {
        return sd.cnn()
                .conv2d(
                        x,
                        weight,
                        Conv2DConfig.builder()
                                .kH(3)
                                .kW(3)
                                .sH(1)
                                .sW(1)
                                .pH(padding)
                                .pW(padding)
                                .build());
    }

    private static SDVariable transposed(SameDiff sd, SDVariable x, SDVariable weight) {
        return sd.cnn()
                .deconv2d(
                        x,
                        weight,
                        DeConv2DConfig.builder().kH(2).kW(2).sH(2).sW(2).build());
    }

    private static SDVariable doubled(SameDiff sd, SDVariable x) {
        return sd.cnn().upsampling2d(x, 2, 2, true);
    }

    private static SDVariable padded(SameDiff sd, SDVariable x, int channels) {
        int[][] amounts = {{0, 0}, {0, channels}, {0, 1}, {2, 1}};
        return sd.nn().pad(x, sd.constant(Nd4j.createFromArray(amounts)), PadMode.CONSTANT, 0);
    }

    /** A row for each image. */
    private static SDVariable oneHot(SameDiff sd) {
        SDVariable indices =
                sd.castTo(sd.math().square(sd.getVariable("timestep")).mul(2), DataType.INT64);
        return sd.oneHot(indices, 9, -1, 1.0, 0.0, DataType.FLOAT);
    }

    private static SDVariable linear(SameDiff sd, SDVariable x) {
        return sd.mmul(x.reshape(-1, 144), parameter(sd, 5, 144), false, true, false);
    }

    private static SDVariable heads(SDVariable sequence) {
        return sequence.reshape(-1, 36, 2, 2).permute(0, 2, 1, 3);
    }

    private static SDVariable attention(SameDiff sd, SDVariable x, SDVariable shares) {
        SDVariable mixed = sd.mmul(shares, heads(x.reshape(-1, 36, 4).mul(0.5)), false, false, false);
        return mixed.permute(0, 2, 1, 3).reshape(-1, 36, 4);
    }

    private static SDVariable scores(SameDiff sd, SDVariable x) {
        SDVariable sequence = x.reshape(-1, 36, 4);
        return sd.mmul(heads(sequence), heads(sequence.mul(2)), false, true, false);
    }

    /** Zero before a diagonal, and the least number on it and behind it. */
    private static INDArray behind(int diagonal) {
        float[][] mask = new float[36][36];
        for (int i = 0; i < 36; i++) {
            for (int j = i + diagonal; j < 36; j++) {
                mask[i][j] = -Float.MAX_VALUE;
            }
        }
        return Nd4j.createFromArray(mask);
    }

    private static SDVariable fraction(SameDiff sd, SDVariable x) {
        return x.sub(sd.math().floor(x));
    }

    private static SDVariable dropout(SameDiff sd, SDVariable x, double share, double divisor, double start) {
        SDVariable positions = sd.range(start, start + 144, 1, DataType.DOUBLE).reshape(1, 144);
        SDVariable phase =
                sd.castTo(sd.getVariable("timestep"), DataType.DOUBLE).mul(0.75).reshape(-1, 1);
        SDVariable hash = fraction(sd, positions.mul(0.6180339887498949).add(phase));
        hash = fraction(sd, hash.add(31.7).mul(hash.add(7.3)).mul(1027.3));
        SDVariable kept = sd.castTo(sd.gte(hash, share), DataType.FLOAT);
        return x.mul(kept.reshape(-1, 4, 6, 6)).div(divisor);
    }

    private static Map<Class<? extends Rewrite>, Case> cases() {
        Map<Class<? extends Rewrite>, Case> cases = new LinkedHashMap<>();
        norms(cases);
        layerNorms(cases);
        convolutions(cases);
        products(cases);
        cases.put(
                FuseSilu.class,
                Case.of((sd, x) -> x.mul(sd.nn().sigmoid(x)))
                        .butNot(
                                "the sigmoid of something else",
                                (sd, x) -> x.mul(sd.nn().sigmoid(x.mul(2))))
                        .butNot("a sigmoid that is read twice", (sd, x) -> {
                            SDVariable sigmoid = sd.nn().sigmoid(x);
                            return x.mul(sigmoid).add(sigmoid);
                        }));
        gelus(cases);
        cases.put(
                FuseDropout.class,
                Case.of((sd, x) -> dropout(sd, x, 0.1, 1 - 0.1, 0))
                        .butNot("another divisor", (sd, x) -> dropout(sd, x, 0.1, 0.8, 0))
                        .butNot("positions from 1 on", (sd, x) -> dropout(sd, x, 0.25, 0.75, 1)));
        return cases;
    }

    private static SDVariable gelu(SameDiff sd, SDVariable x, double scale) {
        return x.mul(sd.math().erf(x.mul(scale)).add(1.0).mul(0.5));
    }

    private static SDVariable geluTanh(SameDiff sd, SDVariable x, double cubic) {
        SDVariable inner = x.add(sd.math().square(x).mul(x).mul(cubic)).mul(Math.sqrt(2 / Math.PI));
        return x.mul(sd.math().tanh(inner).add(1.0).mul(0.5));
    }

    private static SDVariable gated(SameDiff sd, SDVariable x, int value, int axis) {
        SDVariable[] halves = sd.split(x, 2, axis);
        return halves[value].mul(gelu(sd, halves[1 - value], Math.sqrt(0.5)));
    }

    private static void gelus(Map<Class<? extends Rewrite>, Case> cases) {
        cases.put(
                FuseGelu.class,
                Case.of((sd, x) -> gelu(sd, x, Math.sqrt(0.5)))
                        .butNot("another scale", (sd, x) -> gelu(sd, x, 0.7))
                        .butNot(
                                "the function of something else",
                                (sd, x) -> x.mul(sd.math()
                                        .erf(x.mul(2).mul(Math.sqrt(0.5)))
                                        .add(1.0)
                                        .mul(0.5))));
        cases.put(
                FuseGeluTanh.class,
                Case.of((sd, x) -> geluTanh(sd, x, 0.044715)).butNot("another cube", (sd, x) -> geluTanh(sd, x, 0.05)));
        cases.put(
                FuseQuickGelu.class,
                Case.of((sd, x) -> x.mul(sd.nn().sigmoid(x.mul(1.702))))
                        .butNot("another slope", (sd, x) -> x.mul(sd.nn().sigmoid(x.mul(1.7)))));
        cases.put(
                FuseGatedGelu.class,
                Case.of((sd, x) -> gated(sd, x, 0, 3))
                        .butNot("the gates first", (sd, x) -> gated(sd, x, 1, 3))
                        .butNot("halves of the rows", (sd, x) -> gated(sd, x, 0, 2))
                        .butNot("values that are read twice", (sd, x) -> {
                            SDVariable[] halves = sd.split(x, 2, 3);
                            return halves[0]
                                    .mul(gelu(sd, halves[1], Math.sqrt(0.5)))
                                    .add(halves[0]);
                        }));
    }

    private static void norms(Map<Class<? extends Rewrite>, Case> cases) {
        cases.put(
                FuseGroupNorm.class,
                Case.of((sd, x) -> norm(sd, x, 2))
                        .butNot("groups of rows", (sd, x) -> norm(sd, x, 24))
                        .butNot("another mean", (sd, x) -> {
                            SDVariable rows = x.reshape(-1, 2, 72);
                            SDVariable centered = rows.sub(rows.mul(2).mean(true, 2));
                            SDVariable variance = sd.math().square(centered).mean(true, 2);
                            return centered.div(sd.math().sqrt(variance.add(1e-5)))
                                    .reshape(-1, 4, 6, 6);
                        }));
        cases.put(
                FuseNormWeight.class,
                Case.of((sd, x) -> norm(sd, x, 2).mul(perChannel(sd)))
                        .butNot("a computed weight", (sd, x) -> norm(sd, x, 2)
                                .mul(parameter(sd, 4).mul(2).reshape(1, 4, 1, 1)))
                        .butNot(
                                "a weight behind the bias",
                                (sd, x) -> norm(sd, x, 2).add(perChannel(sd)).mul(perChannel(sd))));
        cases.put(
                FuseNormBias.class,
                Case.of((sd, x) -> norm(sd, x, 2).mul(perChannel(sd)).add(perChannel(sd)))
                        .butNot("a bias for each position", (sd, x) -> norm(sd, x, 2)
                                .add(parameter(sd, 1, 1, 6, 6)))
                        .butNot("a norm that is read twice", (sd, x) -> {
                            SDVariable norm = norm(sd, x, 2);
                            return norm.add(perChannel(sd)).mul(norm);
                        }));
        cases.put(
                FuseNormScale.class,
                Case.of((sd, x) -> norm(sd, x, 2).mul(embedding(x)))
                        .butNot("a scale for each image", (sd, x) -> norm(sd, x, 2)
                                .mul(perImage(x))));
        cases.put(
                FuseNormShift.class,
                Case.of((sd, x) -> norm(sd, x, 2).mul(embedding(x)).add(embedding(x)))
                        .butNot("a shift for each image", (sd, x) -> norm(sd, x, 2)
                                .add(perImage(x))));
        cases.put(
                FuseNormActivation.class,
                Case.of((sd, x) -> sd.nn().relu(norm(sd, x, 2), 0))
                        .butNot("an activation of an image", (sd, x) -> sd.nn().relu(x, 0))
                        .butNot("a norm that is read twice", (sd, x) -> {
                            SDVariable norm = norm(sd, x, 2);
                            return sd.nn().relu(norm, 0).add(norm);
                        }));
        cases.put(
                FuseNormEmbedding.class,
                Case.of((sd, x) -> norm(sd, x.add(embedding(x)), 2))
                        .butNot("a number for each image", (sd, x) -> norm(sd, x.add(perImage(x)), 2))
                        .butNot("a sum that is read twice", (sd, x) -> {
                            SDVariable sum = x.add(embedding(x));
                            return norm(sd, sum, 2).add(sum);
                        }));
    }

    private static void layerNorms(Map<Class<? extends Rewrite>, Case> cases) {
        cases.put(
                FuseLayerNorm.class,
                Case.of(RewritesTest::layerNorm)
                        .butNot("a variance over two dimensions", (sd, x) -> {
                            SDVariable centered = x.sub(x.mean(true, 3));
                            SDVariable variance = sd.math().square(centered).mean(true, 2, 3);
                            return centered.div(sd.math().sqrt(variance.add(1e-5)));
                        })
                        .butNot("differences that are read three times", (sd, x) -> {
                            SDVariable centered = x.sub(x.mean(true, 3));
                            SDVariable variance = sd.math().square(centered).mean(true, 3);
                            return centered.div(sd.math().sqrt(variance.add(1e-5)))
                                    .add(centered);
                        }));
        cases.put(
                FuseLayerNormWeight.class,
                Case.of((sd, x) -> layerNorm(sd, x).mul(parameter(sd, 6)))
                        .butNot("a weight for each row", (sd, x) -> layerNorm(sd, x)
                                .mul(parameter(sd, 6, 1)))
                        .butNot("a weight behind the bias", (sd, x) -> layerNorm(sd, x)
                                .add(parameter(sd, 6))
                                .mul(parameter(sd, 6))));
        cases.put(
                FuseLayerNormBias.class,
                Case.of((sd, x) -> layerNorm(sd, x).mul(parameter(sd, 6)).add(parameter(sd, 6)))
                        .butNot("a computed bias", (sd, x) -> layerNorm(sd, x)
                                .add(parameter(sd, 6).mul(2)))
                        .butNot("a norm that is read twice", (sd, x) -> {
                            SDVariable norm = layerNorm(sd, x);
                            return norm.add(parameter(sd, 6)).mul(norm);
                        }));
    }

    private static void convolutions(Map<Class<? extends Rewrite>, Case> cases) {
        cases.put(
                UseConvolutionParameter.class,
                Case.of((sd, x) -> convolution(sd, x, 4, 1))
                        .butNot(
                                "rows and columns of the kernel swapped",
                                (sd, x) -> convolution(
                                        sd, x, parameter(sd, 4, 4, 3, 3).permute(3, 2, 1, 0), 1))
                        .butNot(
                                "a computed weight",
                                (sd, x) -> convolution(
                                        sd, x, parameter(sd, 4, 4, 3, 3).mul(2).permute(2, 3, 1, 0), 1)));
        cases.put(
                FusePadding.class,
                Case.of((sd, x) -> convolution(sd, padded(sd, x, 0), 4, 1))
                        .butNot("a channel of zeros", (sd, x) -> convolution(sd, padded(sd, x, 1), 5, 1))
                        .butNot("an image that is read twice", (sd, x) -> {
                            SDVariable padded = padded(sd, x, 0);
                            return convolution(sd, padded, 4, 1).add(padded.mean(true, 2, 3));
                        }));
        cases.put(
                UseTransposedConvolutionParameter.class,
                Case.of((sd, x) -> transposed(sd, x, parameter(sd, 4, 3, 2, 2).permute(2, 3, 1, 0)))
                        .butNot(
                                "a weight in SameDiff's layout",
                                (sd, x) -> transposed(sd, x, parameter(sd, 2, 2, 3, 4))));
        cases.put(
                FuseUpsampling.class,
                Case.of((sd, x) -> convolution(sd, doubled(sd, x), 4, 1))
                        .butNot("no zeros around the image", (sd, x) -> convolution(sd, doubled(sd, x), 4, 0))
                        .butNot("an image that is read twice", (sd, x) -> {
                            SDVariable doubled = doubled(sd, x);
                            return convolution(sd, doubled, 4, 1).add(doubled);
                        }));
        cases.put(
                FuseResidual.class,
                Case.of((sd, x) -> convolution(sd, x, 4, 1).add(x))
                        .butNot("a number for each channel", (sd, x) -> convolution(sd, x, 4, 1)
                                .add(perChannel(sd)))
                        .butNot("a convolution that is read twice", (sd, x) -> {
                            SDVariable convolved = convolution(sd, x, 4, 1);
                            return convolved.add(x).mul(convolved);
                        }));
    }

    /** Both masks at once; the key mask is made of the image. */
    @Test
    void attentionTakesInItsMasks() {
        SmallGraph graph = SmallGraph.of((sd, x) -> {
            SDVariable keyBias = x.mean(true, 1).mul(3).reshape(-1, 1, 1, 36);
            SDVariable masked = scores(sd, x).mul(0.7).add(keyBias).add(sd.constant(behind(1)));
            return attention(sd, x, sd.nn().softmax(masked, -1));
        });
        Rewrite rewrite = Rewrites.ALL.stream()
                .filter(FuseAttention.class::isInstance)
                .findFirst()
                .orElseThrow();
        Attention attention = (Attention) fired(rewrite, graph).get(0);
        assertTrue(attention.causal() && attention.keyBias() != null, attention.toString());
        assertTrue(SmallGraph.agrees(graph, 1, 3), "isn't compiled");
    }

    private static void products(Map<Class<? extends Rewrite>, Case> cases) {
        cases.put(
                FuseGather.class,
                Case.of((sd, x) -> sd.mmul(oneHot(sd), parameter(sd, 9, 3)))
                        .butNot(
                                "a computed table",
                                (sd, x) ->
                                        sd.mmul(oneHot(sd), parameter(sd, 9, 3).mul(2)))
                        .butNot(
                                "columns of a table",
                                (sd, x) -> sd.mmul(oneHot(sd), parameter(sd, 3, 9), false, true, false)));
        cases.put(
                FuseLinear.class,
                Case.of(RewritesTest::linear)
                        .butNot(
                                "a weight [in, out]",
                                (sd, x) -> sd.mmul(x.reshape(-1, 144), parameter(sd, 144, 5), false, false, false))
                        .butNot(
                                "a weight whose rows are cut apart",
                                (sd, x) -> sd.mmul(
                                        x.reshape(-1, 144),
                                        parameter(sd, 10, 72, 1).reshape(5, 144),
                                        false,
                                        true,
                                        false))
                        .butNot("no parameter", (sd, x) -> {
                            SDVariable rows = x.reshape(-1, 144);
                            return sd.mmul(rows, parameter(sd, 5, 144).mul(2), false, true, false);
                        }));
        cases.put(
                FuseLinearBias.class,
                Case.of((sd, x) -> linear(sd, x).add(parameter(sd, 5)))
                        .butNot("one bias for all", (sd, x) -> linear(sd, x).add(parameter(sd, 1)))
                        .butNot("a layer that is read twice", (sd, x) -> {
                            SDVariable layer = linear(sd, x);
                            return layer.add(parameter(sd, 5)).mul(layer);
                        }));
        cases.put(
                FuseToSequence.class,
                Case.of((sd, x) -> x.reshape(-1, 4, 36).permute(0, 2, 1))
                        .butNot("rows that aren't channels", (sd, x) -> x.reshape(-1, 6, 24)
                                .permute(0, 2, 1)));
        cases.put(
                FuseToImage.class,
                Case.of((sd, x) -> x.reshape(-1, 36, 4).permute(0, 2, 1).reshape(-1, 4, 6, 6))
                        .butNot(
                                "channels cut apart",
                                (sd, x) -> x.reshape(-1, 36, 4).permute(0, 2, 1).reshape(-1, 6, 4, 6)));
        cases.put(
                FuseAttention.class,
                Case.of((sd, x) ->
                                attention(sd, x, sd.nn().softmax(scores(sd, x).mul(0.7), -1)))
                        .butNot(
                                "scores without a scale",
                                (sd, x) -> attention(sd, x, sd.nn().softmax(scores(sd, x), -1)))
                        .butNot(
                                "a mask for each query",
                                (sd, x) -> attention(
                                        sd,
                                        x,
                                        sd.nn().softmax(scores(sd, x).mul(0.7).add(parameter(sd, 1, 1, 36, 1)), -1)))
                        .butNot(
                                "a mask that hides the diagonal, too",
                                (sd, x) -> attention(
                                        sd,
                                        x,
                                        sd.nn().softmax(scores(sd, x).mul(0.7).add(sd.constant(behind(0))), -1)))
                        .butNot("scores that are read twice", (sd, x) -> {
                            SDVariable scores = scores(sd, x).mul(0.7);
                            SDVariable mixed = attention(sd, x, sd.nn().softmax(scores, -1));
                            return mixed.add(scores.mean(true, 1, 2, 3).reshape(-1, 1, 1));
                        }));
    }

    /** The ops that a rewrite made of a graph which those before it went over. */
    private static List<Op> fired(Rewrite rewrite, SmallGraph graph) {
        Reading.Result read = Reading.of(graph.sd, SharedArrays::sourceOf, List.of(SmallGraph.OUTPUT), 2);
        Network network = new Network(read.nodes(), read.inputs(), read.outputs(), 2);
        for (Rewrite before : Rewrites.ALL.subList(0, Rewrites.ALL.indexOf(rewrite))) {
            network = network.rewritten(before);
        }
        List<Node> made = new ArrayList<>(network.rewritten(rewrite).nodes());
        made.removeAll(network.nodes());
        return made.stream().map(Node::op).toList();
    }

    @Test
    void eachRewriteHasItsCase() {
        assertEquals(
                Rewrites.ALL.stream()
                        .map(rewrite -> rewrite.getClass().getSimpleName())
                        .sorted()
                        .toList(),
                cases().keySet().stream().map(Class::getSimpleName).sorted().toList());
    }

    @TestFactory
    Stream<DynamicTest> firesOnceOnItsPatternAndTheNumbersStay() {
        return Rewrites.ALL.stream()
                .map(rewrite -> DynamicTest.dynamicTest(rewrite.getClass().getSimpleName(), () -> {
                    SmallGraph graph =
                            SmallGraph.of(cases().get(rewrite.getClass()).pattern());
                    assertEquals(1, fired(rewrite, graph).size());
                    assertTrue(SmallGraph.agrees(graph, 1, 3), "isn't compiled");
                }));
    }

    @TestFactory
    Stream<DynamicTest> doesNotFireOnWhatLooksLikeIt() {
        return Rewrites.ALL.stream().flatMap(rewrite -> cases().get(rewrite.getClass()).misses().entrySet().stream()
                .map(miss -> DynamicTest.dynamicTest(
                        rewrite.getClass().getSimpleName() + ", " + miss.getKey(),
                        () -> assertEquals(List.of(), fired(rewrite, SmallGraph.of(miss.getValue()))))));
    }
}
