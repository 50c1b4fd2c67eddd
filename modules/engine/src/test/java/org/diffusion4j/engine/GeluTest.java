package org.diffusion4j.engine;

import java.util.function.UnaryOperator;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.FeedForward;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** The forms of GELU between linear layers, and gated. */
@Tag("vectors")
class GeluTest {
    private enum Form {
        ERF(Activations::gelu),
        TANH(Activations::geluTanh),
        QUICK(Activations::quickGelu);

        private final UnaryOperator<ShapedVariable> op;

        Form(UnaryOperator<ShapedVariable> op) {
            this.op = op;
        }
    }

    private static ShapedVariable sequence(SameDiff sd, DataType type) {
        return new ShapedVariable(sd.placeHolder("x", type, -1, 9, 20), -1, 9, 20);
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void resultAndGradientsAreSameDiffs(Form form) {
        new OpAgreement((sd, type) -> {
                    SDVariable scale = OpAgreement.parameter(sd, type, "scale", 20);
                    ShapedVariable x = sequence(sd, type);
                    return form.op.apply(x.with(x.variable().mul(scale))).variable();
                })
                .differentiated("x", SmallGraph.numbers(1, 3, 9, 20))
                .holds(2);
    }

    private static OpAgreement geglu() {
        return new OpAgreement((sd, type) -> FeedForward.geglu(
                                sequence(sd, type),
                                OpAgreement.parameter(sd, type, "weight", 74, 20),
                                OpAgreement.parameter(sd, type, "bias", 74))
                        .variable())
                .differentiated("x", SmallGraph.numbers(1, 3, 9, 20));
    }

    @Test
    void aGatedLinearUnitAndItsGradientsAreSameDiffs() {
        geglu().holds(2);
    }

    @Test
    void anImageIsTheSameToTheBitInAnyBatch() {
        geglu().givesAnImageTheSameInAnyBatch(2);
    }
}
