package org.diffusion4j.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.DivergedException;
import org.diffusion4j.training.DrawnPictures;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

class TrainingRunTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final TrainingPlan PLAN = TinyTraining.plan(30).build();

    @TempDir
    private Path temp;

    /** Stops a run after a step, and keeps what is said. */
    private static final class Watcher implements TrainingListener {
        private final long stopAfter;
        private final List<String> messages = new ArrayList<>();
        private final List<Long> steps = new ArrayList<>();
        private TrainingRun run;
        private boolean ended;

        Watcher(long stopAfter) {
            this.stopAfter = stopAfter;
        }

        @Override
        public void message(String line) {
            messages.add(line);
        }

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            steps.add(step.number());
            if (step.number() == stopAfter) {
                run.stop();
            }
        }

        @Override
        public void ended() {
            ended = true;
        }
    }

    private Watcher run(Path folder, boolean resume, long stopAfter) {
        Watcher watcher = new Watcher(stopAfter);
        watcher.run = TinyRuns.run(
                TinyTraining.PICTURES, PLAN, folder, TinyRuns.options(EngineKind.AUTO, 10, resume), watcher);
        TrainingRun.Outcome result = watcher.run.run();
        assertEquals(stopAfter < 0 ? TrainingRun.Outcome.DONE : TrainingRun.Outcome.STOPPED, result);
        assertTrue(watcher.ended);
        return watcher;
    }

    private static List<String> checkpoints(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder.resolve("checkpoints"))) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** All that doesn't depend on the clock. */
    private static Map<String, String> result(Path folder) throws IOException {
        Map<String, String> result = new TreeMap<>();
        for (String file : List.of(WEIGHTS, "checkpoints/step-00000030/training.safetensors")) {
            result.put(file, Sha256.of(folder.resolve(file)));
        }
        result.put(
                "metrics",
                Files.readString(folder.resolve("metrics.jsonl")).replaceAll("\"images_per_second\":[^}]*", ""));
        return result;
    }

    @Test
    void aRunThatWasStoppedEndsWithTheSameBits() throws IOException {
        run(temp.resolve("whole"), false, -1);
        run(temp.resolve("parts"), false, 3);
        assertEquals(List.of("step-00000003"), checkpoints(temp.resolve("parts")), "a stop writes a checkpoint");
        run(temp.resolve("parts"), true, 17);
        Watcher last = run(temp.resolve("parts"), true, -1);
        assertEquals(18, last.steps.get(0));
        assertEquals(result(temp.resolve("whole")), result(temp.resolve("parts")));
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeItUsed() throws IOException {
        run(temp.resolve("whole"), false, -1);
        Path folder = temp.resolve("damaged");
        run(folder, false, 25);
        Path damaged = folder.resolve("checkpoints/step-00000025/training.safetensors");
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 1;
        Files.write(damaged, bytes);
        Path halfWritten = Files.createDirectories(folder.resolve("checkpoints/.step-00000027.new/unet"));
        Files.writeString(halfWritten.resolve("config.json"), "{");
        Watcher after = run(folder, true, -1);
        assertEquals(21, after.steps.get(0));
        assertTrue(after.messages.get(0).contains("step-00000025"), after.messages.toString());
        assertTrue(checkpoints(folder).contains("damaged-step-00000025"));
        assertFalse(Files.exists(halfWritten));
        assertEquals(result(temp.resolve("whole")), result(folder));
    }

    @Test
    void theLastCheckpointsAndTheBestStay() throws IOException {
        run(temp, false, -1);
        List<String> left = checkpoints(temp);
        assertTrue(left.containsAll(List.of("step-00000020", "step-00000030")), left.toString());
        assertTrue(left.size() <= 3);
        TreeMap<Double, Long> byLoss = new TreeMap<>();
        TrainingPlan plan = TinyTraining.plan(80)
                .learningRate(new LearningRate(0.5, 30, new LearningRate.Constant())) // what was learnt is lost again
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .build();
        Path folder = temp.resolve("best");
        TinyRuns.run(
                        TinyTraining.PICTURES,
                        plan,
                        folder,
                        TinyRuns.options(EngineKind.AUTO, 5, false),
                        new TrainingListener() {
                            @Override
                            public void checkpoint(long step, Path written) {
                                Checkpoint checkpoint = Checkpoint.open(written);
                                byLoss.put(checkpoint.meanLoss(), checkpoint.step());
                            }
                        })
                .run();
        assertEquals(
                Stream.of(byLoss.firstEntry().getValue(), 75L, 80L)
                        .distinct()
                        .map(step -> String.format(Locale.ROOT, "step-%08d", step))
                        .sorted()
                        .toList(),
                checkpoints(folder));
    }

    @Test
    void whatIsWrittenIsAModel() {
        DrawnPictures pictures = TinyTraining.PICTURES.withClasses(2);
        RunOptions options =
                TinyRuns.options().checkpointEvery(10).keep(1).sampleEvery(20).build();
        TinyRuns.run(pictures, PLAN, temp, options).run();
        for (Path folder : List.of(temp, temp.resolve("checkpoints/step-00000030"))) {
            assertEquals(
                    pictures.classNames(),
                    DiffusersFolder.read(folder).settings().classNames());
            try (DiffusionPipeline pipeline = DiffusionPipeline.load(folder)) {
                assertEquals(
                        2,
                        pipeline.sample(SampleRequest.images(2)
                                        .labels(List.of(0, 1))
                                        .steps(3)
                                        .build())
                                .size());
            }
        }
        for (String file : List.of("samples/step-00000020.png", "samples/step-00000030.png", "report.html")) {
            assertTrue(Files.exists(temp.resolve(file)), file);
        }
    }

    private static RunOptions of(Precision precision) {
        return TinyRuns.options().precision(precision).build();
    }

    @Test
    void aRunHasThePrecisionThatIsAskedFor() {
        TinyTraining.assumeBf16();
        List<Double> losses = new ArrayList<>();
        for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
            TinyRuns.run(
                            TinyTraining.PICTURES,
                            PLAN,
                            temp.resolve(precision.toString()),
                            of(precision),
                            new TrainingListener() {
                                @Override
                                public void step(Trainer.Step step, double imagesPerSecond) {
                                    if (step.number() == 1) {
                                        losses.add(step.loss());
                                    }
                                }
                            })
                    .run();
        }
        assertEquals(losses.get(0), losses.get(1), 2e-2 * losses.get(0));
        assertNotEquals(losses.get(0), losses.get(1), 1e-6 * losses.get(0));
    }

    @Test
    void aPrecisionThatThePropertysEngineDoesNotHaveLeavesNoFolder() {
        System.setProperty(EngineKind.PROPERTY, "samediff");
        try {
            Path folder = temp.resolve("mine");
            TrainingRun run = TinyRuns.run(TinyTraining.PICTURES, PLAN, folder, of(Precision.BF16));
            assertEquals(
                    "precision: expected fp32 or auto, as SameDiff runs this network, found bf16",
                    assertThrows(Diffusion4jException.class, run::run).getMessage());
            assertTrue(Files.notExists(folder));
            TrainingPlan one = TinyTraining.plan(1).build();
            TrainingRun withAuto = TinyRuns.run(TinyTraining.PICTURES, one, folder, of(Precision.AUTO));
            assertEquals(TrainingRun.Outcome.DONE, withAuto.run());
        } finally {
            System.clearProperty(EngineKind.PROPERTY);
        }
    }

    @Test
    void aStopWhilePicturesAreDrawnLosesNoStep() throws Exception {
        run(temp.resolve("whole"), false, -1);
        Path folder = temp.resolve("drawing");
        RunOptions options = TinyRuns.options()
                .checkpointEvery(10)
                .sampleEvery(5)
                .sampleImages(400)
                .build();
        TrainingRun run = TinyRuns.run(TinyTraining.PICTURES, PLAN, folder, options);
        Thread stopper = new Thread(() -> {
            try {
                while (!Files.exists(folder.resolve("metrics.jsonl"))
                        || Files.readAllLines(folder.resolve("metrics.jsonl")).size() < 5) {
                    Thread.sleep(5);
                }
                Thread.sleep(300); // the fifth step is followed by 400 pictures
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
            run.stop();
        });
        stopper.start();
        assertEquals(TrainingRun.Outcome.STOPPED, run.run());
        stopper.join();
        assertEquals(List.of("step-00000005"), checkpoints(folder));
        run(folder, true, -1);
        assertEquals(result(temp.resolve("whole")), result(folder));
    }

    @Test
    @Tag("slow")
    void aRunGoesOnForMoreStepsWhereTheRateDoesNotDependOnThem() throws IOException {
        LearningRate constant = new LearningRate(1e-3, 5, new LearningRate.Constant());
        TrainingPlan.Builder plan = TinyTraining.plan(10).learningRate(constant);
        RunOptions options = TinyRuns.options(EngineKind.AUTO, 10, true);
        TinyRuns.run(TinyTraining.PICTURES, plan.build(), temp.resolve("parts"), options)
                .run();
        TinyRuns.run(TinyTraining.PICTURES, plan.steps(30).build(), temp.resolve("parts"), options)
                .run();
        TinyRuns.run(TinyTraining.PICTURES, plan.build(), temp.resolve("whole"), options)
                .run();
        assertEquals(result(temp.resolve("whole")), result(temp.resolve("parts")));
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> TinyRuns.run(
                        TinyTraining.PICTURES, TinyTraining.plan(40).build(), temp.resolve("whole"), options)
                .run());
        assertTrue(e.getMessage().contains("train its model further"), e.getMessage());
    }

    @Test
    void aFolderWithARunIsNotBegunAnew() throws IOException {
        run(temp, false, 3);
        for (int i = 0; i < 2; i++) {
            Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> run(temp, false, -1));
            assertTrue(e.getMessage().contains("--resume"), e.getMessage());
            Files.deleteIfExists(temp.resolve("run.json")); // the checkpoints tell as well
        }
    }

    @Test
    void aRunGoesOnWithItsOwnPlanAlone() {
        run(temp, false, 3);
        TrainingPlan other = TinyTraining.plan(30).batchSize(5).build();
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> TinyRuns.run(
                        TinyTraining.PICTURES, other, temp, TinyRuns.options(EngineKind.AUTO, 10, true))
                .run());
        assertTrue(e.getMessage().contains("batch size 5 in place of 4"), e.getMessage());
    }

    @Test
    void aRunDoesNotWriteWhereItsPicturesLie() throws IOException {
        Path data = temp.resolve("data");
        int side = TinyTraining.PICTURES.width();
        for (String name : List.of("1.png", "kept/2.png")) {
            Path file = data.resolve(name);
            Files.createDirectories(file.getParent());
            ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        }
        Path link = Files.createSymbolicLink(temp.resolve("link"), data);
        PictureOptions options = PictureOptions.builder(side, side)
                .grey(TinyTraining.PICTURES.channels() == 1)
                .classes(PictureOptions.Classes.NONE)
                .build();
        PictureFolder all = PictureFolder.open(data, options);
        for (Path folder : List.of(data, link, data.resolve("kept"), link.resolve("kept/../../data"))) {
            TrainingRun run = TinyRuns.run(all, PLAN, folder, TinyRuns.options(EngineKind.AUTO, 10, false));
            String message = assertThrows(Diffusion4jException.class, run::run).getMessage();
            assertTrue(message.startsWith(folder + ": expected a folder for the run that none of its"), message);
        }
        try (Stream<Path> files = Files.walk(data)) {
            assertEquals(4, files.count());
        }
        for (Path folder : List.of(data.resolve("new"), data.resolve("kept/new"), temp, temp.resolve("kept"))) {
            assertFalse(all.readsFrom(folder), folder.toString());
        }
        PictureFolder some = PictureFolder.open(
                data,
                PictureOptions.builder(side, side)
                        .grey(TinyTraining.PICTURES.channels() == 1)
                        .classes(PictureOptions.Classes.NONE)
                        .excluded(List.of(data.resolve("kept")))
                        .build());
        assertFalse(some.readsFrom(data.resolve("kept")));
    }

    @Test
    void twoRunsDoNotShareAFolder() {
        TrainingRun other =
                TinyRuns.run(TinyTraining.PICTURES, PLAN, temp, TinyRuns.options(EngineKind.AUTO, 10, true));
        TrainingListener meanwhile = new TrainingListener() {
            @Override
            public void step(Trainer.Step step, double imagesPerSecond) {
                assertThrows(Diffusion4jException.class, other::run);
            }
        };
        TinyRuns.run(TinyTraining.PICTURES, PLAN, temp, TinyRuns.options(EngineKind.AUTO, 10, false), meanwhile)
                .run();
    }

    @Test
    void divergenceNamesTheStepThePicturesAndTheLastGoodCheckpoint() {
        DrawnPictures spoiled = TinyTraining.PICTURES.spoiledFrom(25);
        DivergedException e = assertThrows(DivergedException.class, () -> TinyRuns.run(
                        spoiled, PLAN, temp, TinyRuns.options(EngineKind.AUTO, 10, false))
                .run());
        for (String part : List.of("step 13", "bar-", "step-00000010")) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    @Test
    void aMetricsLineThatACrashCutOffIsDropped() throws IOException {
        run(temp.resolve("whole"), false, -1);
        Path folder = temp.resolve("cut");
        run(folder, false, 12);
        Files.writeString(
                folder.resolve("metrics.jsonl"),
                "{\"step\":13,\"loss\":0.1}\n{\"step\":1",
                StandardCharsets.UTF_8,
                StandardOpenOption.APPEND);
        run(folder, true, -1);
        assertEquals(result(temp.resolve("whole")), result(folder));
    }

    /** Eight pictures: a loss under 0.02 within 400 steps, and each one's sample nearest to it by far. */
    @Test
    @Tag("slow")
    void eightPicturesAreLearntByHeart() {
        DrawnPictures pictures = DrawnPictures.of(8, 16).withClasses(8);
        TrainingPlan plan = TrainingPlan.builder()
                .steps(400)
                .batchSize(16)
                .learningRate(new LearningRate(2e-3, 20, new LearningRate.Cosine(400)))
                .ema(EmaDecay.warmingUp(0.95))
                .prediction(Prediction.V_PREDICTION) // at timesteps of noise alone it is the picture that counts
                .labelDropout(0)
                .build();
        UNetConfig config = new UNetShape(List.of(32, 64), List.of(8), 1, 16).config(SampleSize.square(16), 1);
        StartingModel start = StartingModel.scratch(config, new DdpmConfig(), pictures, 1);
        LossList losses = new LossList();
        new TrainingRun(start.model(), pictures, plan, temp, TinyRuns.options(EngineKind.AUTO, 400, false), losses)
                .run();
        assertTrue(losses.meanOfLast(20) < 0.02, () -> "loss " + losses.meanOfLast(20));
        List<Integer> labels = List.of(0, 1, 2, 3, 4, 5, 6, 7);
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(temp)) {
            pipeline.sample(SampleRequest.images(8)
                            .labels(labels)
                            .guidanceScale(1.0)
                            .build())
                    .forEach(image -> {
                        double[] distances = labels.stream()
                                .mapToDouble(i -> image.sample()
                                        .distance2(Nd4j.create(pictures.picture(i), new long[] {1, 16, 16}, 'c')))
                                .toArray();
                        double right = distances[image.label()];
                        distances[image.label()] = Double.POSITIVE_INFINITY;
                        double next = Arrays.stream(distances).min().orElseThrow();
                        assertTrue(
                                right < 0.3 * next,
                                () -> String.format(
                                        Locale.ROOT, "%s: %f, the next one %f", image.label(), right, next));
                    });
        }
    }

    private static final class LossList implements TrainingListener {
        private final List<Double> losses = new ArrayList<>();

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            losses.add(step.loss());
        }

        double meanOfLast(int count) {
            return losses.subList(losses.size() - count, losses.size()).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow();
        }
    }
}
