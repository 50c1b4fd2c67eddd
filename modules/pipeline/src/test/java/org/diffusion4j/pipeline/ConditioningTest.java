package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.diffusion4j.diffusion.Guidance;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ConditioningTest {
    private final INDArray samples = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}});

    private static Map<String, INDArray> labels(long... labels) {
        return Map.of("class_labels", Nd4j.createFromArray(labels));
    }

    @Test
    void theUnconditionalHalfOfABatchComesFirst() {
        try (Conditioning conditioning = Conditioning.guided(labels(7, 8), labels(10, 10), new Guidance(3))) {
            assertEquals(
                    Nd4j.createFromArray(10L, 10L, 7L, 8L),
                    conditioning.inputs().get("class_labels"));
            assertEquals(
                    Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}, {1, 2}, {3, 4}}), conditioning.batch(samples));
        }
    }

    @Test
    void inputsOfSeveralNamesAndRanksAreJoinedEach() {
        INDArray text = Nd4j.rand(2, 5, 3);
        INDArray empty = Nd4j.rand(2, 5, 3);
        INDArray both = Nd4j.concat(0, empty, text);
        Map<String, INDArray> wanted =
                Map.of("encoder_hidden_states", text, "class_labels", Nd4j.createFromArray(1L, 2L));
        Map<String, INDArray> none =
                Map.of("encoder_hidden_states", empty, "class_labels", Nd4j.createFromArray(0L, 0L));
        try (Conditioning conditioning = Conditioning.guided(wanted, none, new Guidance(7.5))) {
            assertEquals(both, conditioning.inputs().get("encoder_hidden_states"));
            assertEquals(
                    Nd4j.createFromArray(0L, 0L, 1L, 2L), conditioning.inputs().get("class_labels"));
        }
    }

    @Test
    void guidanceGoesFromTheFirstHalfTowardsTheSecondAndBeyond() {
        INDArray output = Nd4j.createFromArray(new float[][] {{1, 1}, {2, 2}, {3, 1}, {0, 4}});
        try (Conditioning conditioning = Conditioning.guided(labels(1, 2), labels(0, 0), new Guidance(2))) {
            assertEquals(Nd4j.createFromArray(new float[][] {{5, 1}, {-2, 6}}), conditioning.combined(output));
        }
    }

    @Test
    void aScaleOfOneMakesOneHalf() {
        Map<String, INDArray> unconditional = labels(10, 10);
        try (Conditioning conditioning = Conditioning.guided(labels(7, 8), unconditional, new Guidance(1))) {
            assertEquals(Nd4j.createFromArray(7L, 8L), conditioning.inputs().get("class_labels"));
            assertSame(samples, conditioning.batch(samples));
            assertSame(samples, conditioning.combined(samples));
            assertTrue(unconditional.get("class_labels").wasClosed());
        }
    }

    @Test
    void withoutInputsSamplesGoThroughOnce() {
        try (Conditioning conditioning = Conditioning.none()) {
            assertEquals(Map.of(), conditioning.inputs());
            assertSame(samples, conditioning.batch(samples));
            assertSame(samples, conditioning.combined(samples));
        }
    }

    @Test
    void whatItIsMadeOfIsFreedWithIt() {
        Map<String, INDArray> given = labels(1, 2);
        Conditioning plain = Conditioning.of(given);
        assertFalse(given.get("class_labels").wasClosed());
        plain.close();
        assertTrue(given.get("class_labels").wasClosed());

        Map<String, INDArray> conditional = labels(1, 2);
        Map<String, INDArray> unconditional = labels(0, 0);
        Conditioning guided = Conditioning.guided(conditional, unconditional, new Guidance(2));
        INDArray joined = guided.inputs().get("class_labels");
        assertNotSame(joined, conditional.get("class_labels"));
        assertTrue(conditional.get("class_labels").wasClosed());
        assertTrue(unconditional.get("class_labels").wasClosed());
        assertFalse(joined.wasClosed());
        guided.close();
        assertTrue(joined.wasClosed());
        guided.close(); // once more does nothing
    }

    @Test
    void halvesThatDoNotBelongTogetherAreRefused() {
        refused("found [class_labels] and []", labels(1), Map.of());
        refused("found [] and []", Map.of(), Map.of());
        refused("'class_labels': expected the same shape", labels(1, 2), labels(0));
        refused("LONG [1] and FLOAT [1]", labels(1), Map.of("class_labels", Nd4j.createFromArray(0f)));
    }

    private static void refused(
            String expected, Map<String, INDArray> conditional, Map<String, INDArray> unconditional) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Conditioning.guided(conditional, unconditional, new Guidance(2)))
                .getMessage();
        assertTrue(message.contains(expected), message);
    }
}
