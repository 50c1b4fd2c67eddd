package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.Precision;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SizedEnginesTest {
    private static final LocalGradients.Computer COMPUTER =
            new LocalGradients.Computer(EngineKind.ONEDNN, 1, Precision.FP32, false);

    private static INDArray sample(int height, int width) {
        return Nd4j.linspace(-1, 1, (long) height * width)
                .castTo(DataType.FLOAT)
                .reshape(1, 1, height, width);
    }

    private static TrainedNetwork network() {
        return ClassNetwork.of(
                TinyTraining.model(TinyTraining.PICTURES),
                TinyTraining.PICTURES,
                TinyTraining.plan(1).build());
    }

    private static List<Float> gradients(SizedEngines engines) {
        List<Float> sums = new ArrayList<>();
        INDArray timestep = Nd4j.createFromArray(20f);
        for (INDArray sample : List.of(sample(8, 8), sample(4, 12), sample(8, 8), sample(12, 4), sample(4, 12))) {
            engines.of(sample).accumulate(sample, timestep, Map.of(), output -> output.dup('c'));
            sums.add(engines.parameters().gradients().norm2Number().floatValue());
        }
        return sums;
    }

    @Test
    void enginesForWhichThereIsNoRoomAreClosedAndGradientsStayTheSame() {
        try (SizedEngines all = new SizedEngines(network(), COMPUTER, Long.MAX_VALUE);
                SizedEngines one = new SizedEngines(network(), COMPUTER, 0)) {
            assertEquals(gradients(all), gradients(one));
            assertEquals(3, all.open());
            assertEquals(1, one.open());
            assertSame(all.of(sample(4, 12)), all.of(sample(4, 12)));
        }
    }

    @Test
    void theOneThatWasNotUsedForTheLongestTimeIsClosedFirst() {
        long largest;
        try (SizedEngines all = new SizedEngines(network(), COMPUTER, Long.MAX_VALUE)) {
            gradients(all);
            largest = all.of(sample(8, 8)).bytes();
        }
        assertTrue(largest > 0);
        try (SizedEngines two = new SizedEngines(network(), COMPUTER, 2 * largest)) {
            GradientEngine square = null;
            for (INDArray sample : List.of(sample(8, 8), sample(4, 12), sample(8, 8), sample(12, 4))) {
                GradientEngine engine = two.of(sample);
                engine.accumulate(sample, Nd4j.createFromArray(20f), Map.of(), output -> output.dup('c'));
                square = square == null ? engine : square;
            }
            assertEquals(2, two.open());
            assertSame(square, two.of(sample(8, 8)));
        }
    }
}
