package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HubModelsTest {
    @Test
    void theUnetsOfPicturesHaveThePublishedNumbersOfParameters() {
        assertEquals(35_746_307, new DdpmCifar10().config().parameterCount());
        for (HubUNetModel entry :
                List.of(new DdpmCat256(), new DdpmChurch256(), new DdpmBedroom256(), new DdpmCelebAHq256())) {
            assertEquals(113_673_219, entry.config().parameterCount(), entry.modelName());
            assertEquals("apache-2.0", entry.repository().licence());
        }
    }

    @Test
    @Tag("slow")
    void aUnetWithoutClassesIsAComputationGraphOfTwoInputs() {
        ComputationGraph graph =
                DdpmCifar10.builder().inputShape(3, 8, 8).seed(1).build().init();
        assertEquals(35_746_307, graph.numParams());
        INDArray output = graph.output(Nd4j.randn(1, 3, 8, 8), Nd4j.ones(1, 1))[0];
        assertArrayEquals(new long[] {1, 3, 8, 8}, output.shape());
        assertTrue(output.maxNumber().doubleValue() > output.minNumber().doubleValue());
    }

    @Test
    void anEntryWithoutWeightsSaysWhereTheyAre() {
        UnsupportedOperationException refusal = assertThrows(
                UnsupportedOperationException.class, () -> new DdpmCat256().initPretrained(PretrainedType.IMAGENET));
        assertEquals(
                "ddpm-cat-256: expected its weights in the jar, found them only on huggingface.co/google/ddpm-cat-256, from"
                        + " where nothing is fetched yet; download that folder and open it by its path",
                refusal.getMessage());
    }
}
