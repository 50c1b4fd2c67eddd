package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** Each argument of an op is either computed as SameDiff does or refused by name: a quiet wrong image is the worst fault. */
class ArgumentsTest {
    private interface Ops extends BiFunction<SameDiff, SDVariable, SDVariable> {}

    private static SDVariable numbers(SameDiff sd, long... shape) {
        return sd.constant(SmallGraph.numbers(2, shape));
    }

    private static SDVariable amounts(SameDiff sd) {
        return sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {1, 1}, {2, 0}}));
    }

    private static Conv2DConfig.Conv2DConfigBuilder convolution() {
        return Conv2DConfig.builder().kH(3).kW(3).sH(1).sW(1);
    }

    private static DeConv2DConfig.DeConv2DConfigBuilder transposed() {
        return DeConv2DConfig.builder().kH(2).kW(2).sH(2).sW(2);
    }

    private static Pooling2DConfig.Pooling2DConfigBuilder pooling() {
        return Pooling2DConfig.builder().kH(2).kW(2).sH(2).sW(2);
    }

    private static SDVariable rows(SDVariable x) {
        return x.reshape(-1, 24, 6);
    }

    private static SDVariable labels(SDVariable x) {
        return x.mean(true, 1, 2, 3).reshape(-1).castTo(DataType.INT64);
    }

    private static SDVariable slice(SameDiff sd, SDVariable x, int[] strides, int ellipsis, int added, int shrunk) {
        return sd.stridedSlice(
                x, new long[] {0, 0, 0, 0}, new long[] {1, 3, 4, 5}, longs(strides), 1, 1, ellipsis, added, shrunk);
    }

    private static long[] longs(int... values) {
        return IntStream.of(values).asLongStream().toArray();
    }

    private static final int[] ONES = {1, 1, 1, 1};

    /** What is refused: a name in the message, and a part of what it says was expected. */
    private static Map<String, Ops> refused() {
        Map<String, Ops> all = new LinkedHashMap<>();
        all.put("softmax/last dimension", (sd, x) -> sd.nn().softmax(x, 1));
        all.put("softmax/last dimension of 4", (sd, x) -> sd.nn().softmax(x, -2));
        all.put("relu/cutoff", (sd, x) -> sd.nn().relu(x, 0.5));
        all.put("pad/constant mode", (sd, x) -> sd.nn().pad(x, amounts(sd), PadMode.REFLECT, 0));
        all.put("pad/constant mode, found [2]", (sd, x) -> sd.nn().pad(x, amounts(sd), PadMode.SYMMETRIC, 0));
        all.put("pad/zeros", (sd, x) -> sd.nn().pad(x, amounts(sd), PadMode.CONSTANT, 1));
        all.put("pad/constant amounts", (sd, x) -> {
            SDVariable columns = sd.constant(Nd4j.createFromArray(new int[][] {{0, 0, 1, 2}, {0, 0, 1, 0}}));
            return sd.nn().pad(x, columns.permute(1, 0), PadMode.CONSTANT, 0);
        });
        all.put("strided_slice/strides", (sd, x) -> slice(sd, x, new int[] {1, 1, 2, 1}, 0, 0, 0));
        all.put("strided_slice/dimensions that stay", (sd, x) -> slice(sd, x, ONES, 0, 0, 2));
        all.put(
                "strided_slice/range for each",
                (sd, x) -> sd.stridedSlice(x, new long[] {0, 1}, new long[] {1, 3}, new long[] {1, 1}, 1, 1, 0, 0, 0));
        all.put("reduce_mean/dimensions that stay", (sd, x) -> x.mean(false, 2));
        all.put("matmul/result that isn't transposed", (sd, x) -> sd.mmul(x, x, false, true, true));
        all.put("matmul/factors", (sd, x) -> {
            SDVariable product = sd.mmul(rows(x), rows(x), false, true, false);
            numbersOf(sd, product, 2.0, 0.0);
            return product;
        });
        all.put("onehot/last dimension", (sd, x) -> sd.oneHot(labels(x), 5, 0, 1, 0, DataType.FLOAT));
        all.put("onehot/ones and zeros", (sd, x) -> sd.oneHot(labels(x), 5, -1, 3, 0, DataType.FLOAT));
        all.put(
                "onehot/ones and zeros, found [1.0, 0.5]",
                (sd, x) -> sd.oneHot(labels(x), 5, -1, 1, 0.5, DataType.FLOAT));
        all.put("tile/dimensions of one element", (sd, x) -> sd.tile(x, 1, 1, 2, 1));
        all.put("avgpool2d/explicit padding", (sd, x) -> sd.cnn()
                .avgPooling2d(x, pooling().paddingMode(PaddingMode.SAME).build()));
        all.put("maxpool2d/explicit padding", (sd, x) -> sd.cnn()
                .maxPooling2d(x, pooling().paddingMode(PaddingMode.SAME).build()));
        all.put("maxpool2d/2×2", (sd, x) -> sd.cnn()
                .maxPooling2d(x, pooling().kH(3).build()));
        all.put("maxpool2d/2×2 with strides of 2", (sd, x) -> sd.cnn()
                .maxPooling2d(x, pooling().sW(1).build()));
        all.put("avgpool2d/padding nor", (sd, x) -> sd.cnn()
                .avgPooling2d(x, pooling().pH(1).build()));
        all.put("maxpool2d/dilation", (sd, x) -> sd.cnn()
                .maxPooling2d(x, pooling().dH(2).dW(2).build()));
        all.put("avgpool2d/channels first", (sd, x) -> sd.cnn()
                .avgPooling2d(x, pooling().isNHWC(true).build()));
        all.put("upsampling2d/factors of 2", (sd, x) -> sd.cnn().upsampling2d(x, 3, 3, true));
        all.put("upsampling2d/channels first", (sd, x) -> sd.cnn().upsampling2d(x, 2, 2, false));
        all.put("conv2d/explicit padding", (sd, x) -> sd.cnn()
                .conv2d(
                        x,
                        numbers(sd, 3, 3, 4, 2),
                        convolution().paddingMode(PaddingMode.SAME).build()));
        all.put("conv2d/one stride", (sd, x) -> sd.cnn()
                .conv2d(x, numbers(sd, 3, 3, 4, 2), convolution().sW(2).build()));
        all.put("conv2d/channels first", (sd, x) -> sd.cnn()
                .conv2d(
                        x,
                        numbers(sd, 3, 3, 6, 2),
                        convolution().dataFormat("NHWC").build()));
        all.put("conv2d/weights that begin with the kernel", (sd, x) -> sd.cnn()
                .conv2d(
                        x,
                        numbers(sd, 2, 4, 3, 3),
                        convolution().weightsFormat(WeightsFormat.OIYX).build()));
        all.put("convolution with a computed bias/", (sd, x) -> sd.cnn()
                .conv2d(
                        x,
                        numbers(sd, 3, 3, 4, 2),
                        sd.math().square(numbers(sd, 2)),
                        convolution().build()));
        all.put("convolution with a computed weight/", (sd, x) -> sd.cnn()
                .conv2d(
                        x,
                        sd.math().square(numbers(sd, 3, 3, 4, 2)),
                        convolution().build()));
        all.put("deconv2d/explicit padding", (sd, x) -> sd.cnn()
                .deconv2d(
                        x,
                        numbers(sd, 2, 2, 3, 4),
                        transposed().isSameMode(true).build()));
        all.put("deconv2d/one padding", (sd, x) -> sd.cnn()
                .deconv2d(x, numbers(sd, 2, 2, 3, 4), transposed().pH(1).build()));
        all.put("deconv2d/operands: 2", (sd, x) -> sd.cnn()
                .deconv2d(
                        x, numbers(sd, 2, 2, 3, 4), numbers(sd, 3), transposed().build()));
        all.put(
                "range/operands: 0",
                (sd, x) -> x.add(sd.range(sd.constant(0f), sd.constant(6f), sd.constant(1f), DataType.FLOAT)));
        all.put("reshape/operands: 1", (sd, x) -> sd.reshape(x, sd.constant(Nd4j.createFromArray(-1, 144))));
        all.put("permute/operands: 1", (sd, x) -> sd.permute(x, sd.constant(Nd4j.createFromArray(0, 2, 1, 3))));
        all.put("permute/each dimension once, from 0", (sd, x) -> x.permute(0, -1, 1, 2));
        all.put("tile/operands: 1", (sd, x) -> sd.tile(x, sd.constant(Nd4j.createFromArray(1, 1, 1, 2))));
        all.put("cast/numbers, found BOOL", (sd, x) -> x.castTo(DataType.BOOL).castTo(DataType.FLOAT));
        all.put("divide/result in floating point", (sd, x) -> {
            SDVariable whole = x.mul(8).castTo(DataType.INT32);
            return whole.div(sd.constant(Nd4j.scalar(DataType.INT32, 3))).castTo(DataType.FLOAT);
        });
        all.put(
                "mul_scalar/result in floating point",
                (sd, x) -> x.mul(8).castTo(DataType.INT64).mul(3).castTo(DataType.FLOAT));
        all.put("one of the types/found BFLOAT16", (sd, x) -> x.castTo(DataType.BFLOAT16)
                .castTo(DataType.FLOAT));
        all.put("variable 'out_sample'/type FLOAT", (sd, x) -> x.castTo(DataType.DOUBLE));
        all.put("variable 'out_sample'/batch in front", (sd, x) -> x.permute(1, 0, 2, 3));
        all.put("out_sample/batch in front, found", (sd, x) -> x.mean(true, 0, 1));
        all.put("Silu/another type than FLOAT", (sd, x) -> {
            SDVariable wide = x.castTo(DataType.DOUBLE);
            return wide.mul(sd.nn().sigmoid(wide)).castTo(DataType.FLOAT);
        });
        return all;
    }

    private static void numbersOf(SameDiff sd, SDVariable result, double... numbers) {
        DynamicCustomOp op = (DynamicCustomOp) sd.getVariableOutputOp(result.name());
        for (double old : op.tArgs()) {
            op.removeTArgument(old);
        }
        op.addTArgument(numbers);
    }

    @TestFactory
    Stream<DynamicTest> namesTheArgumentAndTheReferenceRunsTheGraph() {
        return refused().entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    SmallGraph graph = SmallGraph.of(one.getValue());
                    String message = assertThrows(UnsupportedGraphException.class, () -> new OneDnnEngine(graph.sd, 2))
                            .getMessage();
                    for (String part : one.getKey().split("/")) {
                        assertTrue(message.contains(part), message);
                    }
                    assertFalse(SmallGraph.agrees(graph, 3));
                }));
    }

    /** ND4J's own oneDNN can't run this one either. */
    @Test
    void refusesADilation() {
        SmallGraph graph = SmallGraph.of((sd, x) -> sd.cnn()
                .conv2d(x, numbers(sd, 3, 3, 4, 2), convolution().dH(2).dW(2).build()));
        String message = assertThrows(UnsupportedGraphException.class, () -> new OneDnnEngine(graph.sd, 2))
                .getMessage();
        assertTrue(message.contains("'conv2d'") && message.contains("no dilation"), message);
    }

    private static Map<String, Ops> computed() {
        Map<String, Ops> all = new LinkedHashMap<>();
        all.put("softmax over -1", (sd, x) -> sd.nn().softmax(x, -1));
        all.put("softmax over 3", (sd, x) -> sd.nn().softmax(x, 3));
        all.put("mean over the batch", (sd, x) -> x.sub(x.mean(true, 0)));
        all.put("mean over all", (sd, x) -> x.sub(x.mean(true, 0, 1, 2, 3)));
        all.put("a bias of channels", (sd, x) -> sd.nn().biasAdd(x, numbers(sd, 4), true));
        all.put("a bias of what is last", (sd, x) -> sd.nn().biasAdd(x, numbers(sd, 6), false));
        all.put("a bias that is computed", (sd, x) -> sd.nn()
                .biasAdd(x, sd.math().square(numbers(sd, 4)), true));
        all.put("a bias of rows", (sd, x) -> sd.nn().biasAdd(rows(x), numbers(sd, 24), true));
        all.put("concat along -1", (sd, x) -> sd.concat(-1, x, x.mul(2)));
        all.put("split of -1", (sd, x) -> sd.split(x, 3, -1)[1]);
        all.put(
                "slice from the end",
                (sd, x) -> sd.stridedSlice(
                        x, new long[] {0, 0, -3, 0}, new long[] {1, -1, 6, 5}, new long[] {1, 1, 1, 1}, 1, 1, 0, 0, 0));
        all.put(
                "one-hot of rows",
                (sd, x) -> sd.oneHot(x.reshape(-1, 24, 6).castTo(DataType.INT64), 3, -1, 1, 0, DataType.FLOAT));
        all.put("fractions cut off", (sd, x) -> x.castTo(DataType.INT64).castTo(DataType.FLOAT));
        all.put("a cast of what a convolution made", (sd, x) -> sd.cnn()
                .conv2d(x, numbers(sd, 3, 3, 4, 2), convolution().build())
                .castTo(DataType.DOUBLE)
                .mean(true, 2)
                .castTo(DataType.FLOAT));
        // What looks like a fused op and isn't one.
        all.put("a norm of rows", (sd, x) -> norm(sd, x, 24));
        all.put("a norm of channels", (sd, x) -> norm(sd, x, 2));
        all.put(
                "a sequence of other rows",
                (sd, x) ->
                        x.reshape(-1, 4, 9).permute(0, 2, 1).reshape(-1, 9, 16).mean(true, 2));
        all.put("a linear layer with one bias for all", (sd, x) -> sd.mmul(
                        x.reshape(-1, 144), sd.var(SmallGraph.numbers(3, 5, 144)), false, true, false)
                .add(sd.var(SmallGraph.numbers(4, 1))));
        // What mixes the images of a batch.
        all.put(
                "a row for all images",
                (sd, x) -> x.add(x.reshape(1, -1).mean(true, 1).reshape(1, 1, 1, 1)));
        all.put("products of images", (sd, x) -> {
            SDVariable flat = x.reshape(-1, 144);
            return sd.mmul(sd.mmul(flat, flat, false, true, false), flat);
        });
        all.put("images behind each other", (sd, x) -> {
            SDVariable all4 = sd.concat(0, x, x.mul(2));
            return x.mul(all4.mean(true, 0));
        });
        return all;
    }

    private static SDVariable norm(SameDiff sd, SDVariable x, int groups) {
        SDVariable rows = x.reshape(-1, groups, 144 / groups);
        SDVariable centered = rows.sub(rows.mean(true, 2));
        SDVariable variance = sd.math().square(centered).mean(true, 2);
        return centered.div(sd.math().sqrt(variance.add(1e-5))).reshape(-1, 4, 6, 6);
    }

    @TestFactory
    Stream<DynamicTest> computesWhatItKnows() {
        return computed().entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.getKey(),
                        () -> assertTrue(SmallGraph.agrees(SmallGraph.of(one.getValue()), 1, 3), "isn't compiled")));
    }

    /** ND4J takes its mean over something else where a dimension is below 0: the reference has the dimension from 0. */
    @Test
    void aMeanOverDimensionsBelowZeroIsThatOverThoseFromZero() {
        SmallGraph below = SmallGraph.of((sd, x) -> x.mean(true, -1, 1));
        SmallGraph above = SmallGraph.of((sd, x) -> x.mean(true, 1, 3));
        try (NoisePredictor engine = EngineKind.AUTO.open(below.sd, 2);
                SameDiffEngine reference = new SameDiffEngine(above.sd)) {
            SmallGraph.same(SmallGraph.predict(reference, above, 3), SmallGraph.predict(engine, below, 3), "mean");
        }
    }

    @Test
    void aPlaceholderHasTheBatchInFrontAndKnownSizes() {
        for (long[] shape : List.of(new long[] {}, new long[] {3, 4}, new long[] {-1, -1})) {
            SmallGraph graph = new SmallGraph(4, 6, 6);
            graph.sd.placeHolder("context", DataType.FLOAT, shape);
            graph.finish(graph.sample.mul(2));
            String message = assertThrows(UnsupportedGraphException.class, () -> new OneDnnEngine(graph.sd, 2))
                    .getMessage();
            assertTrue(message.contains("'context': expected the batch in front"), message);
        }
    }

    @Test
    void aGraphWithoutTheOutputIsNamed() {
        SmallGraph graph = new SmallGraph(4, 6, 6);
        graph.sample.mul(2);
        assertThrows(UnsupportedGraphException.class, () -> new OneDnnEngine(graph.sd, 2));
        assertThrows(IllegalArgumentException.class, () -> EngineKind.AUTO.open(graph.sd));
    }

    /** [3, 3, 3, 3] is [kH, kW, in, out] to one convolution and [out, in, kH, kW] to the other. */
    @Test
    void aWeightThatTwoOpsReadInTwoWaysIsPackedForEach() {
        SmallGraph graph = new SmallGraph(3, 6, 6);
        SDVariable weight = graph.sd.var("weight", SmallGraph.numbers(5, 3, 3, 3, 3));
        Conv2DConfig config = convolution().pH(1).pW(1).build();
        SDVariable one = graph.sd.cnn().conv2d(graph.sample, weight, config);
        SDVariable other = graph.sd.cnn().conv2d(graph.sample, weight.permute(2, 3, 1, 0), config);
        graph.finish(one.add(other.mul(2)));
        assertTrue(SmallGraph.agrees(graph, 1, 3), "isn't compiled");
    }

    /** An op in front of the first parameter counts as soon as the sample's gradient is wanted. */
    @Test
    void anOpWithoutAGradientShowsWhenTheEngineIsOpened() {
        SmallGraph graph = new SmallGraph(4, 6, 6);
        SDVariable weight = graph.sd.var("weight", SmallGraph.numbers(5, 2, 4, 3, 3));
        SDVariable hot = graph.sd.oneHot(labels(graph.sample), 4, -1, 1, 0, DataType.FLOAT);
        SDVariable x = graph.sample.mul(hot.reshape(-1, 4, 1, 1));
        graph.finish(graph.sd
                .cnn()
                .conv2d(x, weight.permute(2, 3, 1, 0), convolution().build()));
        FlatParameters parameters = new FlatParameters(graph.sd);
        new OneDnnGradients(graph.sd, parameters, false, 2).close();
        String message = assertThrows(
                        UnsupportedGraphException.class, () -> new OneDnnGradients(graph.sd, parameters, true, 2))
                .getMessage();
        assertTrue(message.contains("the gradient of OneHot"), message);
    }
}
