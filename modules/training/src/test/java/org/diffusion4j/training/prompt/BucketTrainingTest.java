package org.diffusion4j.training.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingChecks;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class BucketTrainingTest {
    private static final Path XL = Path.of("../verify/src/test/resources/goldens/pipeline-sdxl-tiny");

    @TempDir
    private Path temp;

    private Path data;

    @BeforeEach
    void draw() throws IOException {
        data = Files.createDirectory(temp.resolve("data"));
        draw("square", 3, 16, 16);
        draw("wide", 2, 40, 10);
        draw("tall", 1, 9, 30);
    }

    private void draw(String name, int count, int width, int height) throws IOException {
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < width * height; p++) {
                image.setRGB(p % width, p / width, 0x010203 * (p % width + 20 * i));
            }
            ImageIO.write(image, "png", data.resolve(name + i + ".png").toFile());
        }
    }

    private PictureFolder pictures(boolean grey, int step) {
        return PictureFolder.open(
                data,
                PictureOptions.builder(8, 8)
                        .grey(grey)
                        .bucketStep(step)
                        .threads(1)
                        .build());
    }

    private PromptTask task(PipelineParts parts, long steps, int step) {
        boolean latents = parts.has(PipelineFolder.VAE);
        PictureFolder pictures = pictures(!latents, step);
        Captions captions = new Captions(Map.of(), "dark");
        return new PromptTask(
                parts,
                pictures,
                latents,
                captions,
                TinyPrompts.plan(steps).batchSize(2).accumulation(2).build(),
                latents ? new Learning.Adapter(2, 2, List.of("to_q"), false) : new Learning.Networks(true),
                List.of(),
                new Prior(pictures, captions, 0.5),
                null);
    }

    @Test
    @Tag("slow")
    void anAdaptersRunThatWasStoppedComesToTheSameBits() throws IOException {
        assertGoesOn(true, 4, "pytorch_lora_weights.safetensors");
        try (Stream<Path> files = Files.list(temp.resolve("whole/cache"))) {
            Set<String> cached = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".f32"))
                    .collect(Collectors.toSet());
            assertEquals(
                    Set.of(
                            "latents-8x8.f32",
                            "latents-16x4.f32",
                            "latents-4x12.f32",
                            "prior-latents-8x8.f32",
                            "prior-latents-16x4.f32",
                            "prior-latents-4x12.f32",
                            "texts.f32",
                            "prior-texts.f32"),
                    cached);
        }
    }

    @Test
    @Tag("slow")
    void aRunOnPixelsThatWasStoppedComesToTheSameBits() throws IOException {
        assertGoesOn(false, 4, "unet/diffusion_pytorch_model.safetensors");
    }

    private void assertGoesOn(boolean latents, int step, String result) throws IOException {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), latents);
        RunOptions options = TinyPrompts.options().threads(1).checkpointEvery(2).build();
        Path whole = temp.resolve("whole");
        List<String> lines = new ArrayList<>();
        List<Double> losses = train(task(parts, 4, step), whole, options, lines);
        assertTrue(lines.contains("buckets: 2 of 16x4, 3 of 8x8, 1 of 4x12"), lines.toString());
        assertTrue(lines.contains("prior buckets: 2 of 16x4, 3 of 8x8, 1 of 4x12"), lines.toString());
        Path stopped = temp.resolve("stopped");
        TrainingRun[] run = new TrainingRun[1];
        run[0] = new TrainingRun(task(parts, 4, step), stopped, options, new TrainingListener() {
            @Override
            public void step(Trainer.Step taken, double imagesPerSecond) {
                if (taken.number() == 3) {
                    run[0].stop();
                }
            }
        });
        assertEquals(TrainingRun.Outcome.STOPPED, run[0].run());
        RunOptions goingOn =
                TinyPrompts.options().threads(1).checkpointEvery(2).resume(true).build();
        Diffusion4jException other = assertThrows(
                Diffusion4jException.class, () -> new TrainingRun(task(parts, 4, 0), stopped, goingOn).run());
        assertTrue(other.getMessage().contains("buckets"), other.getMessage());
        assertEquals(losses.subList(3, 4), train(task(parts, 4, step), stopped, goingOn, lines));
        assertEquals(Sha256.of(whole.resolve(result)), Sha256.of(stopped.resolve(result)));
    }

    private static List<Double> train(PromptTask task, Path folder, RunOptions options, List<String> lines) {
        List<Double> losses = new ArrayList<>();
        new TrainingRun(task, folder, options, new TrainingListener() {
                    @Override
                    public void message(String line) {
                        lines.add(line);
                    }

                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        losses.add(step.loss());
                    }
                })
                .run();
        return losses;
    }

    @Test
    void bucketsThatTheModelCannotTakeAreRefused() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), true);
        Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> task(parts, 2, 2)
                .check(TinyPrompts.options().build()));
        assertTrue(
                fault.getMessage().startsWith("size: expected a multiple of 4, as the model halves pictures so often"),
                fault.getMessage());
        assertEquals(4, PromptTask.sizeMultiple(parts));
    }

    @Test
    void aModelOfClassesTakesPicturesOfOneSizeOnly() {
        Diffusion4jException fault = assertThrows(
                Diffusion4jException.class,
                () -> TrainingChecks.check(
                        TinyTraining.model(TinyTraining.PICTURES),
                        pictures(true, 4),
                        TinyTraining.plan(1).build()));
        assertEquals(
                "training: expected pictures of one size, as the model doesn't read texts, found 3 buckets",
                fault.getMessage());
    }

    /** As diffusers' train_text_to_image_lora_sdxl.py has them: original size, top and left, target size; heights first. */
    @Test
    void xlIsToldWhatBecameOfEachPicture() {
        PictureFolder pictures = pictures(false, 4);
        PromptRecipe recipe = new PromptRecipe(
                new Captions(Map.of(), ""),
                0,
                texts -> Map.of(),
                PromptTexts.of(PipelineFolder.open(XL)),
                PromptRecipe.sizes(pictures),
                2,
                null,
                false);
        // Latents of 4x12 pixels.
        PictureBatch batch = new PictureBatch(Nd4j.zeros(2, 1, 6, 2), null, List.of("tall0.png", "unknown"));
        INDArray numbers = recipe.conditioning(batch, new SplittableRandom(1)).get(UNet2DConditionGraph.NUMBERS);
        assertArrayEquals(
                new float[] {30, 9, 0, 0, 12, 4, 12, 4, 0, 0, 12, 4},
                numbers.data().asFloat());
        assertEquals(
                12,
                PromptRecipe.sizes(pictures(false, 0)).get("wide1.png").cropLeft()); // 40x10 as 32x8, the middle of it
    }
}
