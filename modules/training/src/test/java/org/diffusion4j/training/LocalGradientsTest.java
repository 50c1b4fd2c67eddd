package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parts of a step's gradient. */
class LocalGradientsTest {
    private static LocalGradients open(int batches) {
        return new LocalGradients(
                TinyTraining.model(TinyTraining.PICTURES),
                TinyTraining.PICTURES,
                TinyTraining.plan(10).batchSize(2).accumulation(batches).build(),
                new LocalGradients.Computer(EngineKind.ONEDNN, 1, Precision.FP32, false));
    }

    private static float[] taken(LocalGradients gradients) {
        INDArray vector = gradients.parameters().gradients();
        float[] values = vector.toFloatVector();
        vector.assign(0);
        return values;
    }

    @Test
    void alignedPartsOfAStepAddUpToTheWholeStepToTheBit() {
        int batches = 5;
        try (LocalGradients whole = open(batches);
                LocalGradients part = open(batches)) {
            for (int size : new int[] {1, 2, 4, 8}) {
                for (long step = 0; step < 2; step++) {
                    StepGradients.Losses expected = whole.compute(step, () -> false);
                    float[] sum = taken(whole);
                    List<Double> losses = new ArrayList<>();
                    INDArray vector = whole.parameters().gradients();
                    try (GradientTree tree = new GradientTree(vector)) {
                        for (int from = 0; from < batches; from += size) {
                            int to = Math.min(from + size, batches);
                            losses.addAll(
                                    part.compute(step, from, to, () -> false).losses());
                            vector.assign(part.parameters().gradients());
                            part.parameters().gradients().assign(0);
                            if (to < batches) {
                                tree.add();
                            } else {
                                tree.addLast();
                            }
                        }
                    }
                    assertArrayEquals(sum, taken(whole), "parts of " + size);
                    assertEquals(expected.losses(), losses);
                }
            }
        }
    }

    @Test
    void theSamePartOfStepAfterStepHasWhatItHasAlone() {
        try (LocalGradients going = open(4);
                LocalGradients alone = open(4)) {
            going.compute(0, 2, 4, () -> false);
            taken(going);
            StepGradients.Losses second = going.compute(1, 2, 4, () -> false);
            assertEquals(second, alone.compute(1, 2, 4, () -> false));
            assertArrayEquals(taken(alone), taken(going));
        }
    }

    @Test
    void aPartThatWasStoppedIsComputedAnew() {
        try (LocalGradients stopped = open(4);
                LocalGradients whole = open(4)) {
            assertNull(stopped.compute(0, 0, 4, () -> true));
            assertEquals(whole.compute(0, 0, 4, () -> false), stopped.compute(0, 0, 4, () -> false));
            assertArrayEquals(taken(whole), taken(stopped));
        }
    }
}
