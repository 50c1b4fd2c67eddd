package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DiffusionPipelineTest {
    private static final List<Integer> DIGITS = IntStream.range(0, 10).boxed().toList();
    private static DiffusionPipeline pipeline;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        pipeline = new DdpmMnist().pipeline();
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    @Test
    void sameRequestGivesTheSameBytes() throws Exception {
        SampleRequest request =
                SampleRequest.images(4).spread(List.of(7, 2)).seed(3).steps(3).build();
        Path first = folder.resolve("first.png");
        Path second = folder.resolve("second.png");
        ImageGrid.of(pipeline.sample(request)).writePng(first);
        ImageGrid.of(pipeline.sample(request)).writePng(second);
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    @Test
    void anImageDoesNotDependOnHowManyThereAre() {
        SampleRequest forty = SampleRequest.images(40)
                .labels(Collections.nCopies(40, 4))
                .sampler(SchedulerKind.DDPM)
                .steps(3)
                .seed(11)
                .build();
        List<GeneratedImage> many = pipeline.sample(forty);
        for (int i : new int[] {0, 19, 33}) {
            GeneratedImage alone = pipeline.sample(SampleRequest.images(1)
                            .labels(List.of(4))
                            .sampler(SchedulerKind.DDPM)
                            .steps(3)
                            .seed(11 + i)
                            .build())
                    .get(0);
            assertTrue(alone.sample().sub(many.get(i).sample()).amaxNumber().doubleValue() <= 1e-5, "image " + i);
        }
    }

    @Test
    void aModelWithoutClassesDrawsMoreThanGoThroughTheNetworkAtOnce() {
        UNetConfig config = UNetPreset.TINY.config();
        try (DiffusionPipeline unlabelled = new DiffusionPipeline(
                config,
                config.sampleSize(),
                new DdimConfig(),
                ModelSettings.NONE,
                EngineKind.AUTO.open(UNetGraph.build(config)))) {
            List<GeneratedImage> images =
                    unlabelled.sample(SampleRequest.images(45).steps(2).build());
            assertEquals(45, images.size());
            assertEquals(
                    images.get(44).sample(),
                    unlabelled
                            .sample(SampleRequest.images(1).seed(44).steps(2).build())
                            .get(0)
                            .sample());
        }
    }

    @Test
    void twoThreadsDrawWhatOneDraws() throws Exception {
        SampleRequest request =
                SampleRequest.images(3).labels(List.of(1, 2, 3)).steps(3).build();
        INDArray expected = Nd4j.pile(
                pipeline.sample(request).stream().map(GeneratedImage::sample).toList());
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<List<GeneratedImage>>> both = List.of(
                    threads.submit(() -> pipeline.sample(request)), threads.submit(() -> pipeline.sample(request)));
            for (Future<List<GeneratedImage>> one : both) {
                INDArray found =
                        Nd4j.pile(one.get().stream().map(GeneratedImage::sample).toList());
                assertTrue(expected.sub(found).amaxNumber().doubleValue() <= 1e-5);
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Each with a network, a seed and a sampler of its own, a few pictures one after the other. */
    @Tag("slow")
    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void twoPipelinesAtOnceDrawWhatTheyDrawOneAfterTheOther(EngineKind engine) throws Exception {
        DdpmMnist entry = new DdpmMnist();
        List<SampleRequest> requests = List.of(
                SampleRequest.images(3)
                        .labels(List.of(1, 2, 3))
                        .steps(4)
                        .seed(1)
                        .build(),
                SampleRequest.images(2)
                        .labels(List.of(8, 9))
                        .sampler(SchedulerKind.DDPM)
                        .steps(5)
                        .seed(2)
                        .build());
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (DiffusionPipeline first = DiffusionPipeline.of(entry.model(), engine);
                DiffusionPipeline second = DiffusionPipeline.of(entry.model(), engine)) {
            List<DiffusionPipeline> pipelines = List.of(first, second);
            List<INDArray> expected = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                expected.add(samples(pipelines.get(i), requests.get(i)));
            }
            CyclicBarrier start = new CyclicBarrier(2);
            List<Future<List<INDArray>>> drawn = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                DiffusionPipeline own = pipelines.get(i);
                SampleRequest request = requests.get(i);
                drawn.add(threads.submit(() -> {
                    start.await();
                    List<INDArray> all = new ArrayList<>();
                    for (int run = 0; run < 4; run++) {
                        all.add(samples(own, request));
                    }
                    return all;
                }));
            }
            for (int i = 0; i < 2; i++) {
                for (INDArray found : drawn.get(i).get()) {
                    assertEquals(expected.get(i), found, "pipeline " + i);
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    private static INDArray samples(DiffusionPipeline pipeline, SampleRequest request) {
        return Nd4j.pile(
                pipeline.sample(request).stream().map(GeneratedImage::sample).toList());
    }

    @Test
    void modelsBestSettingsFillWhatIsNotGiven() {
        SamplePlan plan = pipeline.plan(SampleRequest.images(10).spread(DIGITS).build());
        assertEquals(SchedulerKind.UNIPC, plan.sampler());
        assertEquals(10, plan.steps());
        assertEquals(1.9, plan.guidanceScale());
        assertEquals(Map.of("thresholding", true, "timestep_spacing", "trailing"), plan.samplerOptions());

        SamplePlan other = pipeline.plan(SampleRequest.images(1)
                .labels(List.of(1))
                .sampler(SchedulerKind.DDPM)
                .build());
        assertEquals(1000, other.steps());
        assertEquals(Map.of(), other.samplerOptions());
    }

    @Test
    void classesAreTakenByName() {
        assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), pipeline.classNames());
        assertEquals(List.of(2, 0, 2, 6), pipeline.classLabels().parse("2,0,2,6"));
        SampleRequest byName =
                SampleRequest.images(4).spreadNames(List.of("7", "3.0")).build();
        assertEquals(List.of(7, 7, 3, 3), pipeline.plan(byName).labels());
        SampleRequest unknown =
                SampleRequest.images(1).labelNames(List.of("ten")).build();
        assertThrows(Diffusion4jException.class, () -> pipeline.plan(unknown));
    }

    @Test
    void labelsOutOfRangeAreRefused() {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> pipeline.sample(
                                SampleRequest.images(1).labels(List.of(11)).build()))
                .getMessage();
        assertEquals("labels: expected 0 to 10, found 11", message);
    }

    @Test
    void classesAreSpreadInOrderAndMakeARowEach() {
        SampleRequest request = SampleRequest.images(7).spread(List.of(3, 1, 3)).build();
        assertEquals(List.of(3, 3, 3, 1, 1, 3, 3), request.labels());
        ImageGrid grid =
                ImageGrid.of(pipeline.sample(request.toBuilder().steps(1).build()));
        assertEquals(3 * 28, grid.picture().getWidth());
        assertEquals(3 * 28, grid.picture().getHeight());
    }

    @Test
    void unwritableFilesAreNamedAndNothingIsLeft() throws Exception {
        GeneratedImage image =
                pipeline.sample(SampleRequest.images(1).steps(1).build()).get(0);
        Path file = folder.resolve("nowhere").resolve("a.png");
        String message = assertThrows(Diffusion4jException.class, () -> image.writePng(file))
                .getMessage();
        assertTrue(message.contains(file.toString()), message);
        assertEquals(0, folder.toFile().list().length);
    }

    @Test
    void anIndependentClassifierReadsTheDigits() throws Exception {
        readsAtLeast(0.95, 60);
    }

    @Test
    @Tag("slow")
    void anIndependentClassifierReads98PercentOf400Digits() throws Exception {
        readsAtLeast(0.98, 400);
    }

    /** The classifier: a LeNet, 97.6 % on MNIST's test digits, trained on real digits alone. */
    private static void readsAtLeast(double share, int images) throws Exception {
        MultiLayerNetwork classifier = ModelSerializer.restoreMultiLayerNetwork(
                DiffusionPipelineTest.class.getResourceAsStream("/digit-classifier.zip"));
        List<GeneratedImage> digits =
                pipeline.sample(SampleRequest.images(images).spread(DIGITS).build());
        INDArray samples = Nd4j.pile(digits.stream().map(GeneratedImage::sample).toList());
        INDArray read = classifier.output(samples).argMax(1);
        int right = 0;
        for (int i = 0; i < images; i++) {
            right += read.getInt(i) == digits.get(i).label() ? 1 : 0;
        }
        assertTrue(right >= share * images, right + " of " + images + " read as the digit asked for");
    }
}
