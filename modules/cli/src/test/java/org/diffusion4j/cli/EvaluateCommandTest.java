package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.Color;
import java.awt.Graphics;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void writeModelAndPictures() throws IOException {
        model = TinyModels.pipeline(folder.resolve("model"));
        data = folder.resolve("data");
        pictures(data);
    }

    /** Twelve of each: cats are red, dogs green, owls blue, all with a bright spot somewhere. */
    private static void pictures(Path data) throws IOException {
        Random random = new Random(1);
        for (String name : List.of("cat", "dog", "owl")) {
            Path of = Files.createDirectories(data.resolve(name));
            for (int i = 0; i < 12; i++) {
                BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
                Graphics graphics = picture.getGraphics();
                graphics.setColor(name.equals("cat") ? Color.RED : name.equals("dog") ? Color.GREEN : Color.BLUE);
                graphics.fillRect(0, 0, 8, 8);
                graphics.setColor(Color.WHITE);
                graphics.fillRect(random.nextInt(7), random.nextInt(7), 2, 2);
                graphics.dispose();
                ImageIO.write(picture, "png", of.resolve(i + ".png").toFile());
            }
        }
    }

    private static void assertRefused(String expected, Run run) {
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(1, run.err().size(), run.toString());
        assertTrue(run.err().get(0).contains(expected), run.toString());
    }

    @Test
    void printsFiguresOfHeldOutAndGeneratedPictures() {
        Run run = Run.of("evaluate", "--model", model, "--data", data, "--threads", 1);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(0).startsWith("feature network: LeNet-5 ("), run.toString());
        assertTrue(run.out().get(0).endsWith("on 18 real pictures"), run.toString());
        assertTrue(run.out().get(3).matches("images +18 +18"), run.toString());
        assertTrue(run.out().get(4).matches("accuracy +100.00 % +[0-9.]+ %"), run.toString());
        assertTrue(run.out().get(5).matches("Fréchet distance +[0-9.e+-]+ +[0-9.e+-]+"), run.toString());
        String kernel = " +[0-9.e+-]+ ± [0-9.e+-]+";
        assertTrue(run.out().get(6).matches("kernel distance" + kernel + kernel), run.toString());
    }

    @Test
    void aPrecisionThatTheEngineDoesNotHaveIsRefused() {
        assertRefused(
                "precision: expected fp32 or auto, as SameDiff runs this network, found bf16",
                Run.of("evaluate", "--model", model, "--data", data, "--engine", "samediff", "--precision", "bf16"));
    }

    @Test
    void printsJsonWithFiguresOfEachClass() throws IOException {
        Run run = Run.of("evaluate", "--model", model, "--data", data, "--images", 6, "--seed", 5, "--json");
        assertEquals(0, run.exitCode(), run.toString());
        assertEquals(1, run.out().size(), run.toString());
        JsonNode json = new JsonMapper().readTree(run.out().get(0));
        assertEquals(6, json.get("images").intValue());
        assertEquals("5", json.get("settings").get("seed").textValue());
        assertEquals(3, json.get("generated").get("class_accuracies").size());
        double real = json.get("held_out").get("frechet_distance").doubleValue();
        assertTrue(json.get("generated").get("frechet_distance").doubleValue() > real, run.toString());
        assertEquals(
                6,
                json.get("generated").get("kernel_distance").get("subset_size").intValue());
    }

    private static void writeTexts(Path data) throws IOException {
        for (String name : List.of("cat", "dog", "owl")) {
            for (int i = 0; i < 12; i++) {
                Files.writeString(data.resolve(name).resolve(i + ".txt"), "a " + name);
            }
        }
    }

    @Test
    void aModelThatDrawsByTextDrawsTheTextsOfRealPictures() throws IOException {
        Path pixels = TinyModels.ofPixels(folder.resolve("pixels"));
        assertRefused(
                "evaluate: expected pictures with texts, as the model draws by text, found none in the class 'cat'",
                Run.of("evaluate", "--model", pixels, "--data", data, "--threads", 1));
        writeTexts(data);
        Run run = Run.of("evaluate", "--model", pixels, "--data", data, "--images", 6, "--guidance", 1, "--json");
        assertEquals(0, run.exitCode(), run.toString());
        JsonNode json = new JsonMapper().readTree(run.out().get(0));
        assertEquals(6, json.get("images").intValue());
        assertEquals("1.0", json.get("settings").get("guidance").textValue());
        assertEquals(3, json.get("generated").get("class_accuracies").size());
        assertTrue(json.get("generated").get("accuracy").isDouble(), run.toString());
    }

    @Test
    void comparesModelsSamplersAndStepsInATableAndAPlot() throws IOException {
        writeTexts(data);
        Path pixels = TinyModels.ofPixels(folder.resolve("pixels"));
        Path out = folder.resolve("new/figures.json");
        Run run = Run.of(
                "evaluate",
                "--compare",
                model + "," + pixels,
                "--data",
                data,
                "--samplers",
                "ddim,unipc",
                "--steps",
                "2,3",
                "--images",
                6,
                "--out",
                out);
        assertEquals(0, run.exitCode(), run.toString());
        String heading = " +sampler steps s/image accuracy Fréchet +kernel prec. recall";
        assertTrue(run.out().get(0).matches(heading), run.toString());
        assertTrue(run.out().get(1).startsWith("real, held out "), run.toString());
        for (int i = 0; i < 8; i++) {
            String name = i < 4 ? "model" : "pixels";
            String way = (i % 4 < 2 ? "ddim" : "unipc") + " +" + (2 + i % 2);
            String line = run.out().get(2 + i);
            assertTrue(line.matches(name + " +" + way + "( +[-0-9.e]+)+ %( +[-+0-9.e]+)+"), line);
            assertTrue(line.length() <= 80, line);
        }
        assertEquals(12, run.out().size(), run.toString());
        JsonNode rows = new JsonMapper().readTree(out.toFile()).get("rows");
        assertEquals(9, rows.size());
        assertEquals(3, rows.get(8).get("steps").intValue());
        assertTrue(rows.get(8).get("precision_recall").get("recall").isDouble(), rows.toString());
        String plot = Files.readString(out.resolveSibling("figures.svg"));
        assertEquals(4, plot.split("<polyline", -1).length - 1, plot);
        assertEquals(8, plot.split("<circle", -1).length - 1, plot);
        assertTrue(plot.contains(">pixels, unipc</text>"), plot);
    }

    @Test
    void whatCannotBeComparedIsRefusedFirst() {
        String compared = model + "," + TinyModels.ofPixels(folder.resolve("pixels"));
        assertRefused(
                "pixels: evaluate: expected pictures with texts, as the model draws by text, found none in the class 'cat'",
                Run.of("evaluate", "--compare", compared, "--data", data, "--threads", 1));
        assertRefused("--model: expected it, or --compare, found neither", Run.of("evaluate", "--data", data));
        assertRefused(
                "--model: expected it or --compare, found both",
                Run.of("evaluate", "--data", data, "--model", model, "--compare", model));
        assertRefused(
                "--samplers: expected --compare beside it, found --model",
                Run.of("evaluate", "--data", data, "--model", model, "--samplers", "ddim"));
        assertRefused(
                "--out: expected --compare beside it, found --model",
                Run.of("evaluate", "--data", data, "--model", model, "--out", "x.json"));
        assertRefused(
                "--sampler: expected it or --samplers, found both",
                Run.of("evaluate", "--data", data, "--compare", model, "--samplers", "ddim", "--sampler", "unipc"));
        assertRefused(
                "--steps: expected one number, or --compare in place of --model, found 2",
                Run.of("evaluate", "--data", data, "--model", model, "--steps", "4,8"));
        assertRefused(
                "--steps: expected a whole number up to 2147483647, found 'x'",
                Run.of("evaluate", "--data", data, "--compare", model, "--steps", "4,x"));
        assertRefused(
                "--steps: expected at least 1, found 0",
                Run.of("evaluate", "--data", data, "--compare", model, "--steps", "4,0"));
        assertRefused(
                "--samplers: expected ddpm, ddim, euler, euler-ancestral, ",
                Run.of("evaluate", "--data", data, "--compare", model, "--samplers", "ddim,x"));
        assertRefused(
                "--out: expected a file *.json",
                Run.of("evaluate", "--data", data, "--compare", model, "--out", "x.svg"));
    }

    @Test
    void aWholeSplitCanBeHeldOut() throws IOException {
        Path splits = folder.resolve("splits");
        pictures(splits.resolve("train"));
        pictures(splits.resolve("test"));
        assertRefused(
                "images: expected 2 to 36, as many as there are real ones held out, found 37",
                Run.of("evaluate", "--model", model, "--data", splits, "--held-out", "test", "--images", 37));
    }

    @Test
    void refusesMoreImagesThanAreHeldOut() {
        assertRefused(
                "images: expected 2 to 18, as many as there are real ones held out, found 19",
                Run.of("evaluate", "--model", model, "--data", data, "--images", 19));
    }

    @Test
    void refusesPicturesWithoutClasses() {
        assertRefused(
                "evaluate: expected pictures of two classes or more",
                Run.of("evaluate", "--model", model, "--data", data.resolve("cat")));
    }

    @Test
    void refusesAClassThatTheModelLacks() throws IOException {
        Files.move(data.resolve("dog"), data.resolve("wolf"));
        assertRefused(
                "expected pictures of the model's classes (cat, dog, owl), found the class 'wolf'",
                Run.of("evaluate", "--model", model, "--data", data));
    }
}
