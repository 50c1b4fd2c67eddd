package org.diffusion4j.graph.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.diffusion4j.graph.build.ShapedVariable;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DropoutTest {
    @Test
    void dropoutScalesWhatItKeepsAndHasTheMasksGradient() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.ones(DataType.DOUBLE, 50, 40));
        SDVariable y = Dropout.dropout(new ShapedVariable(x, 50, 40), 0.25, sd.constant(Nd4j.arange(50)), 3)
                .variable();
        SDVariable loss = y.sum().rename("loss");
        sd.setLossVariables(loss);
        INDArray gradient = sd.calculateGradients(Map.of(), "x").get("x");
        long kept = 0;
        for (double value : gradient.data().asDouble()) {
            assertTrue(value == 0 || Math.abs(value - 1 / 0.75) < 1e-12, "a gradient of " + value);
            kept += value == 0 ? 0 : 1;
        }
        assertEquals(0.75, kept / 2000.0, 0.05);
    }
}
