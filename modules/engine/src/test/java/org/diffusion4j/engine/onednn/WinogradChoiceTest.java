package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
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

    private UpsampledConvolution addUpsampled(int channels, int size) {
        Convolution plain = add(1, channels, size);
        UpsampledConvolution op = new UpsampledConvolution(plain.x(), plain.weight(), null, null);
        Value y = new Value("y", op.upsampled().shape(), DataType.FLOAT, null);
        nodes.set(nodes.size() - 1, new Node(op, y));
        return op;
    }

    private List<Boolean> chosen(boolean training) {
        WinogradChoice choice = new WinogradChoice(nodes, training);
        return nodes.stream()
                .map(node -> choice.has(
                        (Convolution) node.op(), Winograd.Size.of(((Convolution) node.op()).x(), node.output())))
                .toList();
    }

    @Test
    void aSmallNetworkUsesItWhereverItIsFaster() {
        add(1, 128, 32);
        add(1, 256, 16);
        add(1, 256, 8); // too few tiles
        add(1, 16, 32); // too few channels
        assertEquals(List.of(true, true, false, false), chosen(false));
    }

    @Test
    void ofALargeNetworkTheLargestImagesAreChosenWhileThereIsMemory() {
        for (int i = 0; i < 5; i++) {
            add(1, 512, 32); // 28 MB beyond the plain weights
        }
        add(1, 512, 64);
        assertEquals(List.of(true, true, true, false, false, true), chosen(false));
    }

    @Test
    void whereMemoryEndsLargeImagesAreWorthATransformInEachPass() {
        for (int i = 0; i < 6; i++) {
            add(1, 512, 128);
        }
        add(1, 512, 64);
        WinogradChoice choice = new WinogradChoice(nodes, false);
        assertEquals(List.of(true, true, true, true, true, true, false), chosen(false));
        assertEquals(
                List.of(true, true, true, true, false, false),
                nodes.subList(0, 6).stream()
                        .map(node -> choice.isLasting((Convolution) node.op()))
                        .toList());
    }

    /** Their weights take less memory than others, and their tiles are those of the result. */
    @Test
    void convolutionsOfDoubledImagesAreChosenAmongTheOthers() {
        for (int i = 0; i < 4; i++) {
            add(1, 512, 32); // 28 MB beyond the plain weights
        }
        UpsampledConvolution large = addUpsampled(512, 16); // 17 MB
        UpsampledConvolution small = addUpsampled(256, 4);
        WinogradChoice choice = new WinogradChoice(nodes, false);
        assertEquals(
                List.of(true, false),
                Stream.of(large, small)
                        .map(op -> choice.has(op, Winograd.Size.of(WinogradForm.UPSAMPLED, op.x(), op.upsampled())))
                        .toList());
    }

    @Test
    void theBatchChangesNothing() {
        for (int i = 0; i < 6; i++) {
            add(1, 512, 32);
        }
        List<Boolean> one = chosen(false);
        nodes.clear();
        for (int i = 0; i < 6; i++) {
            add(7, 512, 32);
        }
        assertEquals(one, chosen(false));
    }
}
