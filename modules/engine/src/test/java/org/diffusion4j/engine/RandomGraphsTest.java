package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** Small graphs of the known ops with any arguments that SameDiff takes: whichever engine runs them, the numbers are its. */
@Tag("vectors")
class RandomGraphsTest {
    private static final int GRAPHS = 200;
    private static final int BATCH = 3;

    private SmallGraph graph;
    private SameDiff sd;
    private Random random;

    @Test
    void theFastestEngineGivesWhatTheReferenceGives() {
        int compiled = 0;
        for (int seed = 0; seed < GRAPHS; seed++) {
            draw(seed);
            try {
                if (SmallGraph.agrees(graph, BATCH)) {
                    compiled++;
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ":\n" + sd.summary(), e);
            }
        }
        assertTrue(compiled > GRAPHS / 8 && compiled < GRAPHS, "compiled: " + compiled);
    }

    private void draw(int seed) {
        random = new Random(seed);
        graph = new SmallGraph(2L * one(1, 3), one(3, 6), 2L * one(1, 4));
        sd = graph.sd;
        SDVariable x = graph.sample;
        long[] shape = graph.sample(BATCH).shape();
        int depth = one(1, 4);
        int tries = 0;
        for (int made = 0; made < depth && tries < 40; tries++) {
            SDVariable next = null;
            long[] nextShape = null;
            try {
                next = op(x, shape, made == 0);
                nextShape = evaluated(next).shape();
            } catch (RuntimeException e) {
                continue; // SameDiff doesn't take these arguments
            }
            if (nextShape.length > 0
                    && nextShape.length < 6
                    && Nd4j.createUninitialized(nextShape).length() < 4000) {
                x = next;
                shape = nextShape;
                made++;
            }
        }
        graph.finish(x.mul(2));
    }

    private INDArray evaluated(SDVariable x) {
        Map<String, INDArray> inputs =
                Map.of(NetworkInputs.SAMPLE, graph.sample(BATCH), graph.timestep.name(), SmallGraph.timestep(BATCH));
        INDArray result = sd.output(inputs, List.of(x.name())).get(x.name());
        if (result.isEmpty() || result.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException("no numbers");
        }
        return result;
    }

    private int one(int from, int to) {
        return from + random.nextInt(to - from + 1);
    }

    private boolean rarely() {
        return random.nextInt(4) == 0;
    }

    private boolean hardlyEver() {
        return random.nextInt(16) == 0;
    }

    private int dimension(int rank) {
        return one(-rank, rank - 1);
    }

    private SDVariable constant(long... shape) {
        return sd.constant(SmallGraph.numbers(random.nextInt(), shape));
    }

    /** An op on x; where a jump in the function is, on the sample alone, which both engines have exactly. */
    private SDVariable op(SDVariable x, long[] shape, boolean exact) {
        int rank = shape.length;
        return switch (random.nextInt(exact ? 22 : 19)) {
            case 0 -> sd.nn().softmax(x, rarely() ? dimension(rank) : -1);
            case 1 -> sd.nn().relu(x, rarely() ? 0.5 : 0);
            case 2 -> pad(x, rank);
            case 3 -> slice(x, shape);
            case 4 -> x.mean(!rarely(), dimensions(rank));
            case 5 -> bias(x, shape, !rarely());
            case 6 -> product(x, shape);
            case 7 -> sd.concat(dimension(rank), x, rarely() ? constant(shape) : x.mul(2));
            case 8 -> half(x, shape, dimension(rank));
            case 9 ->
                sd.tile(x, IntStream.range(0, rank).map(i -> rarely() ? 2 : 1).toArray());
            case 10 -> x.permute(order(rank));
            case 11 -> reshape(x, shape);
            case 12 -> pool(x, shape);
            case 13 -> upsampled(x, shape);
            case 14 -> convolution(x, shape);
            case 15 -> transposedConvolution(x, shape);
            case 16 -> binary(x, shape);
            case 17 -> binary(x, constant(broadcast(shape)));
            case 18 -> unary(x);
            case 19 -> x.castTo(rarely() ? DataType.BOOL : DataType.INT64).castTo(DataType.FLOAT);
            case 20 -> rarely() ? sd.math().floor(x) : sd.gte(x, 0.25).castTo(DataType.FLOAT);
            default ->
                sd.oneHot(
                        x.castTo(DataType.INT64),
                        one(2, 4),
                        rarely() ? dimension(rank + 1) : -1,
                        rarely() ? 2 : 1,
                        rarely() ? 0.5 : 0,
                        DataType.FLOAT);
        };
    }

    private SDVariable unary(SDVariable x) {
        return switch (random.nextInt(13)) {
            case 0 -> sd.nn().sigmoid(x);
            case 1 -> sd.math().tanh(x);
            case 2 -> sd.math().erf(x);
            case 3 -> sd.nn().softplus(x);
            case 4 -> sd.math().square(x);
            case 5 -> sd.math().sqrt(sd.math().square(x).add(0.5));
            case 6 -> sd.math().sin(x);
            case 7 -> sd.math().cos(x);
            case 8 -> sd.math().log(sd.math().square(x).add(0.5));
            case 9 -> x.mul(sd.nn().sigmoid(x));
            case 10 -> x.sub(1.5).div(3);
            case 11 -> x.castTo(DataType.DOUBLE).mul(0.3).castTo(DataType.FLOAT);
            default -> x.mul(2).add(1);
        };
    }

    private SDVariable binary(SDVariable x, long... shape) {
        return rarely()
                ? binary(x, x.mean(true, random.nextInt(shape.length)))
                : binary(x, sd.nn().tanh(x));
    }

    private SDVariable binary(SDVariable x, SDVariable other) {
        return switch (random.nextInt(4)) {
            case 0 -> x.add(other);
            case 1 -> x.sub(other);
            case 2 -> x.mul(other);
            default -> x.div(sd.math().square(other).add(0.5));
        };
    }

    private long[] broadcast(long... shape) {
        int from = random.nextInt(shape.length);
        long[] some = Arrays.copyOfRange(shape, from, shape.length);
        for (int i = 0; i < some.length; i++) {
            some[i] = i + from == 0 || rarely() ? 1 : some[i];
        }
        return some;
    }

    private int[] order(int rank) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            order.add(i);
        }
        Collections.shuffle(rarely() ? order : order.subList(1, rank), random);
        return order.stream().mapToInt(i -> i).toArray();
    }

    /** From 0 and in order: all else ND4J gets wrong by itself. */
    private int[] dimensions(int rank) {
        int[] some = Arrays.copyOf(order(rank), one(1, rank));
        Arrays.sort(some);
        return some;
    }

    private SDVariable pad(SDVariable x, int rank) {
        int[][] amounts = new int[rank][2];
        for (int i = rarely() ? 0 : 1; i < rank; i++) {
            amounts[i] = new int[] {one(0, 2), one(0, 2)};
        }
        List<PadMode> modes = List.of(PadMode.REFLECT, PadMode.SYMMETRIC);
        PadMode mode = rarely() ? modes.get(random.nextInt(2)) : PadMode.CONSTANT;
        return sd.nn().pad(x, sd.constant(Nd4j.createFromArray(amounts)), mode, rarely() ? 1 : 0);
    }

    private SDVariable slice(SDVariable x, long... shape) {
        int rank = shape.length;
        long[] begin = new long[rank];
        long[] end = new long[rank];
        long[] strides = new long[rank];
        for (int i = 0; i < rank; i++) {
            begin[i] = random.nextInt((int) shape[i]);
            end[i] = one((int) begin[i] + 1, (int) shape[i]);
            strides[i] = hardlyEver() ? 2 : 1;
            begin[i] -= rarely() ? shape[i] : 0;
            end[i] -= rarely() && end[i] < shape[i] ? shape[i] : 0;
        }
        int mask = rarely() ? 0 : 1;
        int shrunk = rarely() ? 1 << random.nextInt(rank) : 0;
        int added = hardlyEver() ? 1 << random.nextInt(rank) : 0;
        return sd.stridedSlice(
                x, begin, end, strides, mask | random.nextInt(16), mask | random.nextInt(16), 0, added, shrunk);
    }

    private SDVariable product(SDVariable x, long... shape) {
        int rank = shape.length;
        boolean ta = rarely();
        boolean tb = random.nextBoolean();
        valid(rank >= 2);
        if (rarely()) {
            valid(ta != tb || shape[rank - 1] == shape[rank - 2]);
            return sd.mmul(x, x.mul(0.5), ta, tb, rarely());
        }
        if (rank == 2) {
            long inner = shape[ta ? 0 : 1];
            SDVariable weight = tb ? constant(3, inner) : constant(inner, 3);
            SDVariable y = sd.mmul(x, weight, ta, tb, false);
            return random.nextBoolean() ? y : y.add(constant(rarely() ? 1 : 3));
        }
        return sd.mmul(x, x, ta, !ta, rarely());
    }

    private SDVariable reshape(SDVariable x, long... shape) {
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        long image = length / BATCH;
        valid(shape.length >= 2 && image % shape[1] == 0 && image % 2 == 0 && length % BATCH == 0);
        return switch (random.nextInt(6)) {
            case 0 -> x.reshape(-1, image);
            case 1 -> x.reshape(-1, shape[shape.length - 1]);
            case 2 -> x.reshape(-1, shape[1], image / shape[1]);
            case 3 -> x.reshape(-1, 2, image / 2);
            case 4 -> x.reshape(shape[shape.length - 1], -1);
            default -> x.reshape(-1, shape[1], 1, image / shape[1]);
        };
    }

    private SDVariable bias(SDVariable x, long[] shape, boolean channelsFirst) {
        valid(shape.length > 1);
        return sd.nn().biasAdd(x, constant(shape[channelsFirst ? 1 : shape.length - 1]), channelsFirst);
    }

    private SDVariable half(SDVariable x, long[] shape, int dimension) {
        valid(shape[dimension < 0 ? dimension + shape.length : dimension] % 2 == 0);
        return sd.split(x, 2, dimension)[random.nextInt(2)];
    }

    private SDVariable upsampled(SDVariable x, long... shape) {
        valid(shape.length == 4);
        return sd.cnn().upsampling2d(x, rarely() ? 3 : 2, 2, !rarely());
    }

    /** ND4J checks too little by itself: what isn't valid may write anywhere. */
    private static void valid(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("these arguments don't fit");
        }
    }

    private SDVariable pool(SDVariable x, long... shape) {
        boolean last = rarely();
        valid(shape.length == 4 && Math.min(shape[last ? 1 : 2], shape[last ? 2 : 3]) >= 3);
        Pooling2DConfig config = Pooling2DConfig.builder()
                .kH(rarely() ? 3 : 2)
                .kW(2)
                .sH(2)
                .sW(rarely() ? 1 : 2)
                .pH(rarely() ? 1 : 0)
                .dW(rarely() ? 2 : 1)
                .paddingMode(rarely() ? PaddingMode.SAME : PaddingMode.VALID)
                .isNHWC(last)
                .build();
        return random.nextBoolean()
                ? sd.cnn().avgPooling2d(x, config)
                : sd.cnn().maxPooling2d(x, config);
    }

    private SDVariable convolution(SDVariable x, long... shape) {
        int stride = one(1, 2);
        boolean last = hardlyEver();
        valid(shape.length == 4 && Math.min(shape[last ? 1 : 2], shape[last ? 2 : 3]) >= 5);
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(3)
                .kW(2)
                .sH(stride)
                .sW(rarely() ? 1 : stride)
                .pH(one(0, 1))
                .pW(one(0, 1))
                .dH(hardlyEver() ? 2 : 1)
                .dW(1)
                .paddingMode(rarely() ? PaddingMode.SAME : PaddingMode.VALID)
                .dataFormat(last ? "NHWC" : "NCHW")
                .build();
        long in = shape[last ? 3 : 1];
        SDVariable weight = random.nextBoolean()
                ? constant(3, 2, in, 3)
                : constant(3, in, 3, 2).permute(2, 3, 1, 0);
        return random.nextBoolean()
                ? sd.cnn().conv2d(x, weight, config)
                : sd.cnn().conv2d(x, weight, constant(3), config);
    }

    private SDVariable transposedConvolution(SDVariable x, long... shape) {
        int padding = one(0, 1);
        valid(shape.length == 4 && Math.min(shape[2], shape[3]) >= 2);
        DeConv2DConfig config = DeConv2DConfig.builder()
                .kH(3)
                .kW(2)
                .sH(2)
                .sW(rarely() ? 1 : 2)
                .pH(padding)
                .pW(rarely() ? 0 : padding)
                .isSameMode(rarely())
                .build();
        long in = shape[1];
        SDVariable weight = random.nextBoolean()
                ? constant(3, 2, 3, in)
                : constant(in, 3, 3, 2).permute(2, 3, 1, 0);
        return sd.cnn().deconv2d(x, weight, config);
    }
}
