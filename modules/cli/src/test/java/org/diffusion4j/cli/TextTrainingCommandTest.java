package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTrainingCommandTest {
    private static final Path MODEL = Path.of("../verify/src/test/resources/goldens/pipeline-sd-tiny");

    @TempDir
    private Path folder;

    private Path pictures;
    private Path out;

    @BeforeEach
    void pictures() throws IOException {
        pictures = Files.createDirectories(folder.resolve("pictures"));
        out = folder.resolve("out");
        for (String colour : List.of("red", "blue")) {
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 256; i++) {
                image.setRGB(i % 16, i / 16, colour.equals("red") ? 0xFF0000 : 0x0000FF);
            }
            ImageIO.write(image, "png", pictures.resolve(colour + ".png").toFile());
            Files.writeString(pictures.resolve(colour + ".txt"), "a " + colour + " square");
        }
    }

    private Run train(Object... further) {
        List<Object> all =
                new ArrayList<>(List.of("train", "--data", pictures, "--out", out, "--steps", 2, "--batch", 2));
        all.addAll(Arrays.asList(further));
        return Run.of(all.toArray());
    }

    private void refuses(String expected, Object... further) {
        Run run = train(further);
        assertEquals(expected, String.join("\n", run.err()));
        assertEquals(2, run.exitCode());
        assertFalse(Files.exists(out));
    }

    @Test
    void aNewModelOfCaptionsDrawsAfterwards() {
        Run trained = train(
                "--text", "--size", 16, "--widths", "8,16", "--layers", 1, "--sample-every", 0, "--text-width", 32);
        assertEquals(0, trained.exitCode(), String.join("\n", trained.err()));
        Run drawn = Run.of(
                "sample", "--model", out, "--prompt", "a red square", "--steps", 2, "--out", folder.resolve("a.png"));
        assertEquals(0, drawn.exitCode(), String.join("\n", drawn.err()));
        assertTrue(Files.exists(folder.resolve("a.png")));
        assertTrue(Files.exists(out.resolve("tokenizer/vocab.json")));
        Run other = train("--text", "--resume", "--size", 16, "--widths", "8,24", "--layers", 1, "--text-width", 32);
        assertEquals(2, other.exitCode());
        assertTrue(
                String.join("\n", other.err())
                        .endsWith(
                                "expected the network of the given options, as the run began with it, found another one"),
                other.err().toString());
    }

    @Test
    void anAdapterIsTrainedBesideAModel() {
        Run trained = train("--model", MODEL, "--lora-rank", 2, "--sample-every", 0);
        assertEquals(0, trained.exitCode(), String.join("\n", trained.err()));
        assertTrue(
                trained.err().stream()
                        .anyMatch(line -> line.matches("memory: a step takes about 0\\.\\d GB of \\d+\\.\\d GB")),
                trained.err().toString());
        Run shown = Run.of("info", out.resolve("pytorch_lora_weights.safetensors"));
        assertEquals(0, shown.exitCode(), String.join("\n", shown.err()));
        assertTrue(shown.out().toString().contains("rank"), shown.out().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline-sd-tiny", "pipeline-sdxl-tiny"})
    void anAdapterLearnsToDrawInFewSteps(String name) {
        Path model = MODEL.resolveSibling(name);
        Run trained = train(
                "--distill",
                "consistency",
                "--teacher",
                model,
                "--lora-rank",
                2,
                "--teacher-steps",
                20,
                "--student-steps",
                2,
                "--guidance",
                3,
                "--sample-every",
                0);
        assertEquals(0, trained.exitCode(), String.join("\n", trained.err()));
        Path adapter = out.resolve("pytorch_lora_weights.safetensors");
        Run drawn = Run.of(
                "sample",
                "--model",
                model,
                "--lora",
                adapter,
                "--sampler",
                "lcm",
                "--sampler-option",
                "original_inference_steps=20",
                "--steps",
                2,
                "--guidance",
                1,
                "--prompt",
                "a square",
                "--out",
                folder.resolve("a.png"));
        assertEquals(0, drawn.exitCode(), String.join("\n", drawn.err()));
    }

    @Test
    void picturesOfTwoShapesAreLearnedBesideThoseThatTheModelDrawsOfItsOwn() throws IOException {
        ImageIO.write(
                new BufferedImage(32, 8, BufferedImage.TYPE_INT_RGB),
                "png",
                pictures.resolve("wide.png").toFile());
        Path prior = folder.resolve("prior");
        Object[] options = {
            "--model",
            MODEL,
            "--lora-rank",
            2,
            "--sample-every",
            0,
            "--size",
            16,
            "--buckets",
            "--caption",
            "a bar",
            "--prior",
            prior,
            "--prior-caption",
            "a square",
            "--prior-images",
            2
        };
        Run trained = train(options);
        String said = String.join("\n", trained.err());
        assertEquals(0, trained.exitCode(), said);
        assertTrue(said.contains("buckets: 1 of 32x8, 2 of 16x16"), said);
        assertTrue(said.contains("drawing prior pictures: 0 of 2"), said);
        assertTrue(Files.exists(prior.resolve("drawn-00001.png")));
        assertFalse(Files.exists(prior.resolve("drawn-00002.png")));
    }

    @Test
    void optionsWithoutEffectAreRefused() {
        refuses(
                "--prior-weight: expected --prior beside it, found none (see diffusion4j train --help)",
                "--model",
                MODEL,
                "--prior-weight",
                2);
        refuses(
                "--prior-images: expected --prior-caption beside it, found none (see diffusion4j train --help)",
                "--model",
                MODEL,
                "--prior",
                folder.resolve("prior"),
                "--prior-images",
                2);
        refuses(
                "--bucket-step: expected --buckets beside it, found none (see diffusion4j train --help)",
                "--model",
                MODEL,
                "--bucket-step",
                64);
        refuses(
                "--bucket-step: expected a multiple of 4, as the model halves pictures so often, found 6 (see diffusion4j train"
                        + " --help)",
                "--model",
                MODEL,
                "--buckets",
                "--bucket-step",
                6);
        refuses(
                "--prior: expected --model, which knows such pictures already, found none (see diffusion4j train --help)",
                "--text",
                "--prior",
                folder.resolve("prior"));
        refuses(
                "--buckets: expected a model that reads texts, found ddpm-mnist (see diffusion4j train --help)",
                "--model",
                "ddpm-mnist",
                "--buckets");
        refuses(
                "--lora-rank: expected a model that reads texts, found ddpm-mnist (see diffusion4j train --help)",
                "--model",
                "ddpm-mnist",
                "--lora-rank",
                4);
        refuses(
                "--lora-alpha: expected --lora-rank beside it, found none (see diffusion4j train --help)",
                "--model",
                MODEL,
                "--lora-alpha",
                4);
        refuses(
                "--caption: expected a model that reads texts, found a new one of classes; --text makes one that reads texts (see"
                        + " diffusion4j train --help)",
                "--caption",
                "a square");
        refuses(
                "--crop: expected centre, as the model's autoencoder encodes each picture once, found random (see diffusion4j train"
                        + " --help)",
                "--model",
                MODEL,
                "--crop",
                "random");
        refuses(
                "--text-width: expected a multiple of 32, found 40 (see diffusion4j train --help)",
                "--text",
                "--text-width",
                40);
    }

    @Test
    void optionsOfDistillationNeedATeacher() {
        refuses(
                "--distill: expected --teacher beside it, found none (see diffusion4j train --help)",
                "--distill",
                "progressive");
        refuses(
                "--teacher: expected --distill beside it, found none (see diffusion4j train --help)",
                "--teacher",
                "ddpm-mnist");
        refuses(
                "--model: expected none with --distill, whose student begins as its teacher, found one (see diffusion4j train --help)",
                "--distill",
                "progressive",
                "--teacher",
                "ddpm-mnist",
                "--model",
                "ddpm-mnist");
        refuses(
                "--student-steps: expected from 1 to 49, fewer than the teacher's, found 50 (see diffusion4j train --help)",
                "--distill",
                "consistency",
                "--teacher",
                "ddpm-mnist",
                "--student-steps",
                50);
        refuses(
                "--distill: expected consistency for a model that reads texts, found progressive (see diffusion4j train --help)",
                "--distill",
                "progressive",
                "--teacher",
                MODEL);
        refuses(
                "--prior-caption: expected none with --distill, whose teacher forgets nothing, found some (see diffusion4j train --help)",
                "--distill",
                "consistency",
                "--teacher",
                MODEL,
                "--prior-caption",
                "a square");
    }

    @Test
    void picturesWithoutCaptionsAreRefused() throws IOException {
        Files.delete(pictures.resolve("red.txt"));
        Run run = train("--model", MODEL);
        assertEquals(2, run.exitCode());
        assertTrue(
                String.join("\n", run.err())
                        .endsWith(
                                "--data: expected a caption for each of the 2 pictures (text in metadata.jsonl, or NAME.txt), or"
                                        + " --caption for those without, found 1 without"),
                run.err().toString());
        assertFalse(Files.exists(out));
    }
}
