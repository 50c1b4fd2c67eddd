package org.diffusion4j.engine;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Norms;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layer norm over the last dimension of sequences, with the residual connection around it. */
@Tag("vectors")
class LayerNormTest {
    private static OpAgreement norm(INDArray x, boolean weight, boolean bias) {
        long length = x.size(1);
        long channels = x.size(2);
        return new OpAgreement((sd, type) -> {
                    SDVariable sequence = sd.placeHolder("x", type, -1, length, channels);
                    SDVariable scaled = sequence.mul(OpAgreement.parameter(sd, type, "scale", 1, 1, channels));
                    SDVariable normalized = Norms.layerNorm(
                                    new ShapedVariable(scaled, -1, length, channels),
                                    weight ? OpAgreement.parameter(sd, type, "weight", channels) : null,
                                    bias ? OpAgreement.parameter(sd, type, "bias", channels) : null,
                                    1e-5)
                            .variable();
                    return scaled.add(normalized);
                })
                .differentiated("x", x);
    }

    /** Widths with and without whole vectors, as few as two channels, and as many as CLIP's and the U-Net's. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 2, true, true",
        "3, 5, 7, true, false",
        "2, 77, 768, true, true",
        "2, 64, 320, false, true",
        "4, 3, 33, false, false"
    })
    void resultAndGradientsAreSameDiffs(int images, int length, int channels, boolean weight, boolean bias) {
        norm(SmallGraph.numbers(1, images, length, channels), weight, bias).holds(2);
    }

    /** The variance is computed from differences to the mean, so that a large mean costs no digits. */
    @Test
    void aLargeMeanCostsNoDigits() {
        INDArray x = SmallGraph.numbers(1, 2, 9, 40).addi(100).castTo(DataType.FLOAT);
        new OpAgreement((sd, type) -> Norms.layerNorm(
                                new ShapedVariable(sd.placeHolder("x", type, -1, 9, 40), -1, 9, 40),
                                OpAgreement.parameter(sd, type, "weight", 40),
                                null,
                                1e-6)
                        .variable())
                .differentiated("x", x)
                .holds(1);
    }

    @Test
    void anImageIsTheSameToTheBitInAnyBatch() {
        norm(SmallGraph.numbers(1, 5, 77, 100), true, true).givesAnImageTheSameInAnyBatch(2);
    }
}
