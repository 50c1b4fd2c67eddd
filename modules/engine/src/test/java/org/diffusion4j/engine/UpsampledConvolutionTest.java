package org.diffusion4j.engine;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;

/** A 3×3 convolution of a doubled image, which is done without that image where it has many tiles and channels. */
@Tag("vectors")
class UpsampledConvolutionTest {
    /**
     * A convolution.
     *
     * @param residual whether an image is added to the result
     */
    private record Case(int in, int out, int height, int width, boolean residual) {
        OpAgreement agreement() {
            return new OpAgreement((sd, type) -> {
                        SDVariable x = sd.placeHolder("x", type, -1, in, height, width);
                        SDVariable weight = OpAgreement.parameter(sd, type, "weight", out, in, 3, 3);
                        SDVariable bias = OpAgreement.parameter(sd, type, "bias", out);
                        SDVariable y = sd.cnn()
                                .conv2d(
                                        sd.cnn().upsampling2d(x, 2, 2, true),
                                        weight.permute(2, 3, 1, 0),
                                        bias,
                                        Conv2DConfig.builder()
                                                .kH(3)
                                                .kW(3)
                                                .sH(1)
                                                .sW(1)
                                                .pH(1)
                                                .pW(1)
                                                .build());
                        return residual ? y.add(sd.placeHolder("other", type, -1, out, 2L * height, 2L * width)) : y;
                    })
                    .differentiated("x", SmallGraph.numbers(1, 3, in, height, width));
        }

        OpAgreement withInputs() {
            OpAgreement agreement = agreement();
            return residual
                    ? agreement.differentiated("other", SmallGraph.numbers(2, 3, out, 2L * height, 2L * width))
                    : agreement;
        }
    }

    /** Sizes that tiles don't fit; more rows of tiles than are done at a time; too few channels or tiles. */
    private static Stream<Case> cases() {
        return Stream.of(
                new Case(32, 48, 7, 9, true),
                new Case(32, 32, 12, 13, false),
                new Case(80, 32, 1, 32, false),
                new Case(24, 32, 8, 8, true),
                new Case(32, 32, 4, 4, false));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithTheReference() {
        return cases().map(one ->
                DynamicTest.dynamicTest(one.toString(), () -> one.withInputs().holds(2)));
    }

    @TestFactory
    Stream<DynamicTest> anImageDoesNotDependOnItsCompanions() {
        return cases().map(one ->
                DynamicTest.dynamicTest(one.toString(), () -> one.withInputs().givesAnImageTheSameInAnyBatch(2)));
    }
}
