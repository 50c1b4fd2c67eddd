package org.diffusion4j.engine.onednn;

import static org.diffusion4j.kernels.WinogradForm.PLAIN;
import static org.diffusion4j.kernels.WinogradForm.SMALL;
import static org.diffusion4j.kernels.WinogradForm.UPSAMPLED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.kernels.WinogradForm;
import org.diffusion4j.samediff.WeightSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class WinogradChoiceTest {
    private final List<Node> nodes = new ArrayList<>();

    /** A weight of which only the shape is needed. */
    private record Shape(long... shape) implements WeightSource {
        @Override
        public DataType dataType() {
            return DataType.FLOAT;
        }

        @Override
        public <T> T use(Function<INDArray, T> reader) {
            throw new AssertionError("the choice reads no weights");
        }

        @Override
        public INDArray array() {
            return use(array -> array);
        }
    }

    @BeforeEach
    void needsVectors() {
        assumeTrue(Kernels.best().areVectors(), "without vectors no convolution uses the algorithm");
    }

    private Convolution add(long batch, int channels, int size) {
        String name = "conv" + nodes.size();
        Value x = new Value(name + ".x", new long[] {batch, channels, size, size}, DataType.FLOAT, null);
        Shape shape = new Shape(channels, channels, 3, 3);
        Value weight = new Value(name + ".weight", shape.shape(), DataType.FLOAT, shape);
        Convolution op = new Convolution(x, weight, null, null, new Geometry(1, 1, 1, 1, 1, true));
        nodes.add(new Node(op, new Value(name + ".y", x.shape(), DataType.FLOAT, null)));
        return op;
    }

    private void addUpsampled(int channels, int size) {
        Convolution plain = add(1, channels, size);
        UpsampledConvolution op = new UpsampledConvolution(plain.x(), plain.weight(), null, null);
        Value y = new Value("y", op.upsampled().shape(), DataType.FLOAT, null);
        nodes.set(nodes.size() - 1, new Node(op, y));
    }

    /** The forms of all nodes; null for those that don't use the algorithm. */
    private List<WinogradForm> chosen() {
        WinogradChoice choice = new WinogradChoice(nodes, false);
        List<WinogradForm> forms = new ArrayList<>();
        for (Node node : nodes) {
            Winograd.Size size = node.op() instanceof Convolution op
                    ? choice.of(op, node.output())
                    : choice.of((UpsampledConvolution) node.op(), node.output());
            forms.add(size == null ? null : size.form());
        }
        return forms;
    }

    @Test
    void aSmallNetworkUsesItWhereverItIsFaster() {
        add(1, 128, 32);
        add(1, 256, 16);
        add(1, 256, 8); // too few tiles of 4×4
        addUpsampled(256, 16);
        assertEquals(List.of(PLAIN, PLAIN, SMALL, UPSAMPLED), chosen());
    }

    @Test
    void fewTilesOrChannelsAreNotWorthIt() {
        add(1, 256, 4);
        add(1, 16, 32);
        addUpsampled(256, 4);
        assertEquals(Arrays.asList(null, null, null), chosen());
    }

    @Test
    void anotherKernelThan3x3IsNotPossible() {
        assertTrue(Winograd.isPossible(new Geometry(1, 1, 1, 1, 1, true), 8, 8, 3, 3));
        assertFalse(Winograd.isPossible(new Geometry(1, 1, 1, 1, 1, true), 8, 8, 1, 1));
        assertFalse(Winograd.isPossible(new Geometry(2, 1, 1, 1, 1, true), 8, 8, 3, 3));
    }

    /** The small form of 512 channels takes 7 MiB beyond the plain weights, the other 20 more. */
    @Test
    void ofALargeNetworkTheLargestImagesHaveTheLargestWeightsWhileThereIsMemory() {
        for (int i = 0; i < 4; i++) {
            add(1, 512, 32);
        }
        add(1, 512, 16);
        add(1, 512, 64);
        assertEquals(List.of(PLAIN, PLAIN, PLAIN, SMALL, SMALL, PLAIN), chosen());
    }

    @Test
    void whereMemoryEndsLargeImagesAreWorthATransformInEachPass() {
        for (int i = 0; i < 6; i++) {
            add(1, 512, 128);
        }
        add(1, 512, 64);
        WinogradChoice choice = new WinogradChoice(nodes, false);
        assertEquals(List.of(PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, SMALL), chosen());
        assertEquals(
                List.of(true, true, true, false, false, false),
                nodes.subList(0, 6).stream()
                        .map(node -> choice.isLasting((Convolution) node.op()))
                        .toList());
    }

    @Test
    void theBatchChangesNothing() {
        for (int i = 0; i < 6; i++) {
            add(1, 512, 32);
        }
        List<WinogradForm> one = chosen();
        nodes.clear();
        for (int i = 0; i < 6; i++) {
            add(7, 512, 32);
        }
        assertEquals(one, chosen());
    }
}
