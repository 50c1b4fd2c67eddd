package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetConfigBuilder;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.DrawnShapes;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class EvaluatorTest {
    private static final int IMAGES = 90;

    @TempDir
    private static Path folder;

    private static RealPictures real;
    private static Evaluator evaluator;

    @BeforeAll
    static void readPictures() throws IOException {
        real = RealPictures.halves(DrawnShapes.folder(folder, 120, 1));
        evaluator = new Evaluator(real);
    }

    @AfterAll
    static void close() {
        evaluator.close();
    }

    @Test
    void picturesOfTheSameKindComeOutAsRealOnesDo() {
        List<Integer> labels = evaluator.labels(IMAGES);
        Evaluation evaluation = evaluator.evaluate(DrawnShapes.pictures(labels, 99), labels);
        assertEquals(180, evaluation.trainingPictures());
        assertEquals(180, evaluation.referencePictures());
        assertEquals(IMAGES, evaluation.images());
        assertTrue(evaluation.heldOut().accuracy() > 0.9, evaluation.toString());
        assertTrue(evaluation.generated().accuracy() > 0.9, evaluation.toString());
        assertTrue(
                evaluation.generated().frechetDistance()
                        < 2 * evaluation.heldOut().frechetDistance(),
                evaluation.toString());
        KernelDistance kernel = evaluation.generated().kernelDistance();
        assertEquals(IMAGES, kernel.subsetSize());
        assertTrue(Math.abs(kernel.mean()) < 5 * kernel.deviation(), evaluation.toString());
        assertEquals(
                IMAGES,
                evaluation.generated().predicted().stream().mapToInt(i -> i).sum());
    }

    @Test
    void aCopyOfTheClassifierSeesTheSameElsewhere() {
        List<Integer> labels = evaluator.labels(IMAGES);
        INDArray pictures = DrawnShapes.pictures(labels, 99);
        int[] array = labels.stream().mapToInt(i -> i).toArray();
        try (LeNet copy = LeNet.of(evaluator.network().toBytes())) {
            assertEquals(evaluator.evaluate(pictures, labels), evaluator.evaluate(copy.classify(pictures, array)));
        }
    }

    @Test
    @Tag("slow")
    void morePicturesThanAreHeldOutAreComparedWithAllOfThese() {
        Evaluation evaluation = evaluator.evaluate(DrawnShapes.pictures(Collections.nCopies(190, 1), 7), List.of());
        assertEquals(190, evaluation.images());
        assertEquals(180, evaluation.heldOutImages());
        assertEquals(
                180, evaluation.heldOut().predicted().stream().mapToInt(i -> i).sum());
    }

    @Test
    void picturesOfTheWrongClassAreNotTakenForTheRightOne() {
        List<Integer> labels = evaluator.labels(IMAGES);
        List<Integer> next = labels.stream().map(label -> (label + 1) % 3).toList();
        Evaluation evaluation = evaluator.evaluate(DrawnShapes.pictures(next, 99), labels);
        assertTrue(evaluation.generated().accuracy() < 0.1, evaluation.toString());
        assertTrue(evaluation.generated().classAccuracies().stream().allMatch(share -> share < 0.2));
    }

    @Test
    void aSingleClassIsFarFromAll() {
        Evaluation evaluation = evaluator.evaluate(DrawnShapes.pictures(Collections.nCopies(IMAGES, 2), 99), List.of());
        assertNull(evaluation.generated().accuracy());
        assertTrue(evaluation.generated().predicted().get(2) > 0.9 * IMAGES, evaluation.toString());
        assertFarther(5, evaluation);
    }

    @Test
    void noiseIsFarFromAll() {
        float[] values = new float[IMAGES * 8 * 8];
        Random random = new Random(5);
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        INDArray noise = Nd4j.create(values, new long[] {IMAGES, 1, 8, 8}, 'c');
        Evaluation evaluation = evaluator.evaluate(noise, evaluator.labels(IMAGES));
        assertTrue(evaluation.generated().accuracy() < 0.6, evaluation.toString());
        assertFarther(5, evaluation);
    }

    private static void assertFarther(double factor, Evaluation evaluation) {
        assertTrue(
                evaluation.generated().frechetDistance()
                        > factor * evaluation.heldOut().frechetDistance(),
                evaluation.toString());
    }

    @Test
    void aModelIsJudgedByItsOwnClassesAndTheSameEachTime() {
        DiffusersModel model = model(config(4).build(), List.of("square", "none", "column", "row"));
        Evaluation first = evaluator.evaluate(
                model, SampleRequest.images(30).seed(3).build(), graph -> EngineKind.AUTO.open(graph, 1));
        assertEquals(
                Map.of("seed", "3", "steps", "2", "sampler", "ddim"),
                only(first.settings(), "seed", "steps", "sampler"));
        assertEquals(
                3,
                first.generated().classAccuracies().stream()
                        .filter(share -> share != null)
                        .count());
        assertFarther(5, first); // it has learned nothing
        try (Evaluator another = new Evaluator(real)) {
            assertEquals(
                    first,
                    another.evaluate(
                            model, SampleRequest.images(30).seed(3).build(), graph -> EngineKind.AUTO.open(graph, 1)));
        }
        Evaluation other = evaluator.evaluate(
                model, SampleRequest.images(30).seed(4).build(), graph -> EngineKind.AUTO.open(graph, 1));
        assertEquals(first.heldOut(), other.heldOut());
        assertNotEquals(first.generated(), other.generated());
    }

    private static Map<String, String> only(Map<String, String> all, String... keys) {
        Map<String, String> some = new HashMap<>(all);
        some.keySet().retainAll(List.of(keys));
        return some;
    }

    @Test
    void aModelWithoutClassesHasNoAccuracy() {
        Evaluation evaluation = evaluator.evaluate(
                model(config(null).build(), List.of()), SampleRequest.images(10).build(), EngineKind.AUTO::open);
        assertNull(evaluation.generated().accuracy());
        assertTrue(evaluation.heldOut().accuracy() > 0.8, evaluation.toString());
        assertEquals(
                10, evaluation.generated().predicted().stream().mapToInt(i -> i).sum());
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedBeforeAnythingIsLearned() {
        try (Evaluator untrained = new Evaluator(real, stage -> {
            throw new AssertionError(stage);
        })) {
            assertRefused(
                    "images: expected 2 to 180, as many as there are real ones held out, found 181",
                    untrained,
                    model(config(null).build(), List.of()),
                    181);
            assertRefused(
                    "images: expected 2 to 180", untrained, model(config(null).build(), List.of()), 1);
            assertRefused(
                    "expected pictures of the model's classes (column, row), found the class 'square'",
                    untrained,
                    model(config(2).build(), List.of("column", "row")),
                    10);
            assertRefused(
                    "labels: expected 0 to 1, found 2",
                    untrained,
                    model(config(2).build(), List.of()),
                    10);
            UNetConfig larger = config(null).sampleSize(new SampleSize(16, 16)).build();
            assertRefused("the model's size, 16x16, found 8x8", untrained, model(larger, List.of()), 10);
            UNetConfig colour = config(null).inChannels(3).outChannels(3).build();
            assertRefused("the model's 3 channels, found 1", untrained, model(colour, List.of()), 10);
        }
    }

    private static void assertRefused(String expected, Evaluator evaluator, DiffusersModel model, int images) {
        Diffusion4jException e = assertThrows(
                Diffusion4jException.class,
                () -> evaluator.evaluate(
                        model, SampleRequest.images(images).seed(0).build(), EngineKind.AUTO::open));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private static UNetConfigBuilder config(Integer classes) {
        return UNetPreset.TINY.config().toBuilder()
                .sampleSize(new SampleSize(8, 8))
                .inChannels(1)
                .outChannels(1)
                .numClassEmbeds(classes);
    }

    private static DiffusersModel model(UNetConfig config, List<String> names) {
        Map<String, INDArray> weights = new HashMap<>();
        var graph = UNetGraph.of(config).seed(1).build();
        config.parameterShapes()
                .forEach((name, shape) ->
                        weights.put(name, graph.getVariable(name).getArr()));
        return DiffusersModel.of(config, new DdimConfig(), weights)
                .withSettings(new ModelSettings(names, null, new ModelSettings.Sampling(null, 2, null, Map.of())));
    }
}
