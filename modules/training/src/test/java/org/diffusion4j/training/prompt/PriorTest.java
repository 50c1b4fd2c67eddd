package org.diffusion4j.training.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.ComputedSamples;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.TrainingTask;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;

class PriorTest {
    private static final String PRIOR_CAPTION = "a light dark";

    @TempDir
    private Path temp;

    /** What a step comes to: its loss, and what it adds to the weights, which is minus the gradient. */
    private record Taken(double loss, Map<String, float[]> changes) {}

    private static PictureSource grey(int side) {
        return new ComputedSamples(
                1,
                side,
                side,
                List.of("p", "q", "r"),
                List.of(),
                List.of(),
                1,
                Map.of(),
                (index, variant, to, offset) -> {
                    for (int k = 0; k < side * side; k++) {
                        to[offset + k] = 0.1f * index - 0.02f * (k % 7);
                    }
                });
    }

    private static TrainingPlan.Builder plan(long seed) {
        return TinyPrompts.plan(1)
                .weighting(LossWeighting.minSnr(5))
                .updater(new Sgd(1))
                .learningRate(new LearningRate(1, 0, new LearningRate.Constant()))
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .seed(seed);
    }

    private static PromptTask task(PipelineParts parts, TrainingPlan plan, Prior prior) {
        return new PromptTask(
                parts,
                TinyPrompts.pictures(8, 1, TinyPrompts.SIDE),
                false,
                TinyPrompts.captions(8),
                plan,
                new Learning.Networks(true),
                List.of(),
                prior,
                null);
    }

    private static Prior prior(double weight) {
        return new Prior(grey(TinyPrompts.SIDE), new Captions(Map.of(), PRIOR_CAPTION), weight);
    }

    private Taken step(PromptTask task) {
        try (TrainingTask.Learner learner =
                task.begin(null, temp.resolve("run"), TinyPrompts.options().build(), line -> {})) {
            Map<String, float[]> before = values(learner);
            double loss = learner.trainer().step().loss();
            Map<String, float[]> changes = values(learner);
            changes.forEach((name, values) -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] -= before.get(name)[i];
                }
            });
            return new Taken(loss, changes);
        }
    }

    private static Map<String, float[]> values(TrainingTask.Learner learner) {
        Map<String, float[]> values = new TreeMap<>();
        learner.trainer()
                .weights()
                .forEach((name, array) -> values.put(name, array.dup('c').data().asFloat()));
        return values;
    }

    @Test
    void lossAndGradientAreThoseOfThePicturesPlusTheWeightTimesThoseOfThePriorOnes() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        Taken pictures = step(task(parts, plan(7).build(), null));
        // What the prior pictures come to as pictures: their noise has the other seed.
        Taken apart = step(new PromptTask(
                parts,
                prior(1).pictures(),
                false,
                prior(1).captions(),
                plan(~7L).build(),
                new Learning.Networks(true),
                List.of()));
        Taken both = step(task(parts, plan(7).build(), prior(0.3)));
        assertEquals(pictures.loss + 0.3 * apart.loss, both.loss, 1e-9);
        assertNotEquals(pictures.loss, apart.loss);
        both.changes.forEach((name, found) -> {
            float[] expected = pictures.changes.get(name).clone();
            double largest = 0;
            for (int i = 0; i < expected.length; i++) {
                expected[i] += 0.3f * apart.changes.get(name)[i];
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            // Weights near 1 are rounded by 6e-8, three times over.
            assertArrayEquals(expected, found, (float) (5e-7 + 1e-4 * largest), name);
        });
    }

    @Tag("slow")
    @Test
    void aWeightOfZeroIsAsWithoutPriorPictures() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        Taken without = step(task(parts, plan(7).build(), null));
        Taken zero = step(task(parts, plan(7).build(), prior(0)));
        assertEquals(without.loss, zero.loss);
        without.changes.forEach((name, expected) -> assertArrayEquals(expected, zero.changes.get(name), name));
    }

    @Test
    void priorPicturesThatTheModelCannotTakeAreRefused() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        Prior odd = new Prior(grey(7), new Captions(Map.of(), "x"), 1);
        Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> task(parts, plan(7).build(), odd)
                .check(TinyPrompts.options().build()));
        assertEquals(
                "prior: expected a multiple of 2, as the model halves pictures so often, found 7x7",
                fault.getMessage());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> prior(-1))
                .getMessage()
                .startsWith("prior-weight: expected a number from 0 on"));
    }

    @Test
    void aRunThatGoesOnHasTheSamePriorPicturesAndWeight() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        assertNotEquals(
                task(parts, plan(7).build(), prior(1)).subject(),
                task(parts, plan(7).build(), prior(0.5)).subject());
        assertNotEquals(
                task(parts, plan(7).build(), prior(1)).subject().pictures(),
                task(parts, plan(7).build(), null).subject().pictures());
    }
}
