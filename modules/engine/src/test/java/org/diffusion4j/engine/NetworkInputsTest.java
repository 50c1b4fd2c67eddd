package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Whatever array comes from a caller's program, both engines compute on it alike or refuse it by name. */
class NetworkInputsTest {
    private static final UNetConfig CONFIG =
            UNetPreset.TINY.config().toBuilder().numClassEmbeds(5).build();
    private static final long CHANNELS = CONFIG.inChannels();
    private static final long HEIGHT = CONFIG.sampleSize().height();
    private static final long WIDTH = CONFIG.sampleSize().width();

    private final Map<EngineKind, NoisePredictor> engines = new HashMap<>();

    private NoisePredictor engine(EngineKind kind) {
        return engines.computeIfAbsent(kind, key -> key.open(UNetGraph.build(CONFIG), 2));
    }

    @AfterEach
    void close() {
        engines.values().forEach(NoisePredictor::close);
    }

    private static INDArray sample(long images) {
        return SmallGraph.numbers(3, images, CHANNELS, HEIGHT, WIDTH);
    }

    private static Map<String, INDArray> labels(INDArray labels) {
        return Map.of(UNetGraph.CLASS_LABELS, labels);
    }

    private static Map<String, INDArray> labels(double... labels) {
        return labels(Nd4j.createFromArray(labels));
    }

    /** Ordinary views of an array, each with the rows 2 to 5 of it, in which order ever they lie in memory. */
    private static Map<String, INDArray> views(INDArray big) {
        Map<String, INDArray> views = new LinkedHashMap<>();
        views.put("rows", big.get(NDArrayIndex.interval(2, 6)));
        views.put("rows of rows", big.get(NDArrayIndex.interval(1, 7)).get(NDArrayIndex.interval(1, 5)));
        views.put("column-major", big.get(NDArrayIndex.interval(2, 6)).dup('f'));
        views.put("a view of a column-major one", big.dup('f').get(NDArrayIndex.interval(2, 6)));
        INDArray last = big.permute(0, 2, 3, 1).dup('c').permute(0, 3, 1, 2);
        views.put("channels last", last.get(NDArrayIndex.interval(2, 6)));
        INDArray wide = Nd4j.concat(3, big, big.mul(2));
        views.put(
                "a part of each row",
                wide.get(
                        NDArrayIndex.interval(2, 6),
                        NDArrayIndex.all(),
                        NDArrayIndex.all(),
                        NDArrayIndex.interval(0, big.size(3))));
        INDArray doubled = Nd4j.concat(1, big, big.mul(3)).reshape(big.size(0), 2, CHANNELS, HEIGHT, WIDTH);
        views.put("a point", doubled.get(NDArrayIndex.interval(2, 6), NDArrayIndex.point(0)));
        views.put("double", big.castTo(DataType.DOUBLE).get(NDArrayIndex.interval(2, 6)));
        return views;
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void aViewGivesWhatItsCopyGives(EngineKind kind) {
        INDArray timesteps = Nd4j.createFromArray(0f, 7f, 14f, 21f, 28f, 35f, 42f, 49f);
        INDArray classes = Nd4j.createFromArray(0L, 1L, 2L, 3L, 4L, 0L, 1L, 2L);
        INDArray big = sample(8);
        INDArray expected = engine(kind)
                .predict(
                        big.get(NDArrayIndex.interval(2, 6)).dup('c'),
                        Nd4j.createFromArray(14f, 21f, 28f, 35f),
                        labels(Nd4j.createFromArray(2L, 3L, 4L, 0L)));
        views(big).forEach((name, view) -> {
            INDArray found = engine(kind)
                    .predict(
                            view,
                            timesteps.get(NDArrayIndex.interval(2, 6)),
                            labels(classes.get(NDArrayIndex.interval(2, 6))));
            assertEquals(expected, found, name);
        });
        // Every second of a column, and numbers of any type.
        INDArray table = Nd4j.createFromArray(new int[][] {{14, 9}, {21, 9}, {28, 9}, {35, 9}});
        assertEquals(
                expected,
                engine(kind)
                        .predict(
                                big.get(NDArrayIndex.interval(2, 6)),
                                table.getColumn(0),
                                labels(Nd4j.createFromArray(2.0, 3.0, 4.0, 0.0))));
    }

    @Test
    void aGradientIsThatOfTheCopyToo() {
        SameDiff graph = UNetGraph.build(CONFIG);
        FlatParameters parameters = new FlatParameters(graph);
        INDArray big = sample(8);
        INDArray view = big.get(NDArrayIndex.interval(2, 6));
        try (GradientEngine engine = EngineKind.AUTO.openGradients(graph, parameters, true, 2)) {
            INDArray timesteps = Nd4j.createFromArray(0f, 7f, 14f, 21f);
            Map<String, INDArray> classes = labels(0, 1, 2, 3);
            INDArray expected = engine.accumulate(view.dup('c'), timesteps, classes, output -> output.dup());
            INDArray found = engine.accumulate(view, timesteps, classes, output -> Nd4j.concat(0, output, output)
                    .get(NDArrayIndex.interval(4, 8)));
            assertEquals(expected, found);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> engine.accumulate(view, timesteps, labels(0, 1, 2, 9), output -> output.dup()))
                    .getMessage();
            assertEquals("'class_labels': expected whole numbers from 0 to 4, found 9.0", message);
            assertThrows(
                    IllegalArgumentException.class, () -> engine.accumulate(view, timesteps, classes, output -> null));
        }
    }

    private static void refused(String expected, Supplier<INDArray> call) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, call::get).getMessage());
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void labelsThatTheNetworkHasNoRowForAreRefused(EngineKind kind) {
        NoisePredictor engine = engine(kind);
        INDArray timesteps = Nd4j.createFromArray(1f, 2f);
        String expected = "'class_labels': expected whole numbers from 0 to 4, found ";
        for (double label : new double[] {5, -1, 1.5, 1e300, Double.NaN, Double.NEGATIVE_INFINITY, Long.MAX_VALUE}) {
            refused(expected + label, () -> engine.predict(sample(2), timesteps, labels(0, label)));
        }
        refused(expected + "5.0", () -> engine.predict(sample(2), timesteps, labels(Nd4j.createFromArray(5L, 0L))));
        refused(
                "'class_labels': expected numbers with fractions, found BOOL",
                () -> engine.predict(sample(2), timesteps, labels(Nd4j.createFromArray(true, false))));
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void arraysThatAreNoneAreRefused(EngineKind kind) {
        NoisePredictor engine = engine(kind);
        INDArray timesteps = Nd4j.createFromArray(1f, 2f);
        Map<String, INDArray> classes = labels(0, 1);
        INDArray closed = sample(2);
        closed.close();
        INDArray closedTimesteps = Nd4j.createFromArray(1f, 2f);
        closedTimesteps.close();
        refused(
                "'sample': expected an open array, found a closed one",
                () -> engine.predict(closed, timesteps, classes));
        refused(
                "'timestep': expected an open array, found a closed one",
                () -> engine.predict(sample(2), closedTimesteps, classes));
        refused("'sample': expected an array, found null", () -> engine.predict(null, timesteps, classes));
        refused("'timestep': expected an array, found null", () -> engine.predict(sample(2), null, classes));
        refused(
                "'sample': expected at least one image, found shape [0, 3, 8, 8]",
                () -> engine.predict(
                        Nd4j.create(DataType.FLOAT, 0, 3, 8, 8),
                        Nd4j.create(DataType.FLOAT, 0),
                        labels(Nd4j.create(DataType.INT64, 0))));
        refused(
                "'sample': expected at least one image, found shape []",
                () -> engine.predict(Nd4j.scalar(1f), timesteps, classes));
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void wrongTypesAndNumbersAreRefused(EngineKind kind) {
        NoisePredictor engine = engine(kind);
        INDArray timesteps = Nd4j.createFromArray(1f, 2f);
        Map<String, INDArray> classes = labels(0, 1);
        refused(
                "'sample': expected numbers with fractions, found UBYTE",
                () -> engine.predict(sample(2).castTo(DataType.UINT8), timesteps, classes));
        for (float timestep : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            refused(
                    "'timestep': expected finite numbers, found " + timestep,
                    () -> engine.predict(sample(2), Nd4j.createFromArray(1f, timestep), classes));
        }
        refused(
                "'sample': expected shape [2, 3, 8, 8], found [2, 3, 8]",
                () -> engine.predict(Nd4j.create(DataType.FLOAT, 2, 3, 8), timesteps, classes));
        refused("'timestep': expected shape [2], found [1]", () -> {
            return engine.predict(sample(2), Nd4j.createFromArray(1f), classes);
        });
    }

    @Test
    void aTimestepThatALearnedTableHasNoRowForIsRefused() {
        UNetConfig learned = UNetPreset.TINY.config().toBuilder()
                .timeEmbeddingType(TimeEmbeddingType.LEARNED)
                .numTrainTimesteps(10)
                .build();
        for (EngineKind kind : new EngineKind[] {EngineKind.ONEDNN, EngineKind.SAMEDIFF}) {
            try (NoisePredictor engine = kind.open(UNetGraph.build(learned), 2)) {
                engine.predict(sample(1), Nd4j.createFromArray(9f), Map.of());
                refused(
                        "'timestep': expected whole numbers from 0 to 9, found 10.0",
                        () -> engine.predict(sample(1), Nd4j.createFromArray(10L), Map.of()));
            }
        }
    }

    @Test
    void moreThreadsThanASystemStandsAreRefusedBeforeOneStarts() {
        SameDiff graph = UNetGraph.build(CONFIG);
        for (EngineKind kind : new EngineKind[] {EngineKind.ONEDNN, EngineKind.SAMEDIFF}) {
            for (int threads : new int[] {0, -1, 20_000, Integer.MAX_VALUE}) {
                String message = assertThrows(IllegalArgumentException.class, () -> kind.open(graph, threads))
                        .getMessage();
                assertTrue(message.startsWith("threads: expected at "), message);
                assertTrue(message.endsWith("found " + threads), message);
            }
        }
        assertEquals(64, PhysicalCores.checkedThreads(64));
    }

    @Test
    void aClosedEngineSaysSo() {
        for (EngineKind kind : new EngineKind[] {EngineKind.ONEDNN, EngineKind.SAMEDIFF}) {
            engine(kind).close();
            String message = assertThrows(IllegalStateException.class, () -> engine(kind)
                            .predict(sample(1), Nd4j.createFromArray(1f), labels(0)))
                    .getMessage();
            assertTrue(message.contains("closed"), message);
        }
    }
}
