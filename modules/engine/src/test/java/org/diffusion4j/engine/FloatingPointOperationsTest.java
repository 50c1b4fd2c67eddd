package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.diffusion4j.engine.onednn.PlainConvolution;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;

class FloatingPointOperationsTest {
    /** What torch.utils.flop_counter counts for the same networks in PyTorch 2.13. */
    @ParameterizedTest
    @CsvSource({"SMALL, 1450999808, 4351803392", "CIFAR10, 24887427072, 74647863296"})
    void areThoseThatPyTorchCounts(UNetPreset preset, long forward, long both) {
        SameDiff graph = UNetGraph.build(preset.config());
        assertEquals(OptionalLong.of(forward), FloatingPointOperations.forward(graph, List.of(UNetGraph.OUTPUT), 2));
        assertEquals(
                OptionalLong.of(both),
                FloatingPointOperations.bothPasses(
                        graph, preset.config().parameterShapes().keySet(), 2));
    }

    @Test
    void ofATransposedConvolutionAreThoseOfEachPixelOfItsInput() {
        SmallGraph graph = SmallGraph.of((sd, sample) -> sd.cnn()
                .deconv2d(
                        sample,
                        sd.var("weight", SmallGraph.numbers(1, 2, 2, 5, 4)),
                        DeConv2DConfig.builder().kH(2).kW(2).sH(2).sW(2).build()));
        long one = 2L * 36 * 4 * 5 * 2 * 2;
        assertEquals(
                OptionalLong.of(3 * one), FloatingPointOperations.forward(graph.sd, List.of(NetworkInputs.OUTPUT), 3));
        assertEquals(OptionalLong.of(6 * one), FloatingPointOperations.bothPasses(graph.sd, Set.of("weight"), 3));
    }

    @Test
    void ofAPlainConvolutionTakeTheTimeThatAnyProcessorNeeds() {
        try (PlainConvolution convolution = new PlainConvolution(1, false)) {
            convolution.run();
            long before = System.nanoTime();
            convolution.run();
            double rate = convolution.operations() / (double) (System.nanoTime() - before);
            assertTrue(rate > 0.1 && rate < 10_000, rate + " GFLOP/s");
        }
    }
}
