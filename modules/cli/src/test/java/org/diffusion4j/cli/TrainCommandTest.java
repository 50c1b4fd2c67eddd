package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class TrainCommandTest {
    private static final List<String> SMALL = List.of(
            "--size",
            "8",
            "--widths",
            "8,16",
            "--layers",
            "1",
            "--batch",
            "4",
            "--checkpoint-every",
            "50",
            "--sample-every",
            "1000",
            "--sample-images",
            "2");

    @TempDir
    private Path temp;

    private Path pictures;

    @BeforeEach
    void drawPictures() throws IOException {
        pictures = temp.resolve("pictures");
        for (String name : List.of("round", "square")) {
            Path folder = Files.createDirectories(pictures.resolve(name));
            for (int i = 0; i < 6; i++) {
                BufferedImage picture = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
                Graphics2D graphics = picture.createGraphics();
                graphics.setColor(new Color(255 - 20 * i, 40 * i, 90));
                if (name.equals("round")) {
                    graphics.fillOval(i, 2, 6, 6);
                } else {
                    graphics.fillRect(i, 2, 6, 6);
                }
                graphics.dispose();
                ImageIO.write(picture, "png", folder.resolve(i + ".png").toFile());
            }
        }
    }

    private static String[] command(Path data, Path out, String... more) {
        List<String> command = new ArrayList<>(List.of("train", "--data", data.toString(), "--out", out.toString()));
        for (int i = 0; i < SMALL.size(); i += 2) {
            if (!Arrays.asList(more).contains(SMALL.get(i))) { // an option stands once
                command.addAll(SMALL.subList(i, i + 2));
            }
        }
        command.addAll(Arrays.asList(more));
        return command.toArray(String[]::new);
    }

    private static Run good(String... args) {
        Run run = Run.of((Object[]) args);
        assertEquals(0, run.exitCode(), run.toString());
        return run;
    }

    @Test
    void whatItTrainsIsSampledPredictedAndInspected() {
        Path out = temp.resolve("mine");
        Run run = good(command(pictures, out, "--steps", "8"));
        assertTrue(run.out().get(0).startsWith(out + ": 8 steps"), run.toString());
        assertTrue(run.err().get(0).contains("12 pictures in 2 classes"), run.toString());
        for (String file : List.of("report.html", "metrics.jsonl", "samples/step-00000008.png", "model_index.json")) {
            assertTrue(Files.exists(out.resolve(file)), file);
        }
        Path grid = temp.resolve("grid.png");
        good("sample", "--model", out.toString(), "--labels", "round,square", "--steps", "2", "--out", grid.toString());
        assertTrue(Files.exists(grid));
        good("info", out.toString());
        Path in = temp.resolve("in.safetensors");
        SafetensorsWriter.writeArrays(
                in,
                java.util.Map.of(
                        "sample", Nd4j.zeros(DataType.FLOAT, 1, 3, 8, 8),
                        "timestep", Nd4j.createFromArray(5L),
                        "class_labels", Nd4j.createFromArray(1L)));
        good("predict", "--model", out.toString(), "--in", in.toString(), "--out", temp + "/out.safetensors");
    }

    @Test
    void aPrecisionThatTheEngineDoesNotHaveLeavesNothing() {
        Path out = temp.resolve("mine");
        Run run = Run.of((Object[]) command(pictures, out, "--engine", "samediff", "--precision", "bf16"));
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(List.of("precision: expected fp32 or auto, as SameDiff runs this network, found bf16"), run.err());
        assertTrue(Files.notExists(out));
    }

    @Test
    void whatAutoIsIsSaid() {
        Path out = temp.resolve("mine");
        Run run = good(command(pictures, out, "--steps", "2", "--precision", "auto"));
        assertTrue(
                run.err().get(0).matches("precision: (fp32, as .* no AMX.*|bf16, as this processor has AMX)"),
                run.toString());
        assertTrue(Files.exists(out.resolve("unet/config.json")));
        Run quiet = good(command(pictures, temp.resolve("quiet"), "--steps", "2", "--precision", "auto", "--quiet"));
        assertEquals(List.of(), quiet.err());
    }

    @Test
    void aModelIsTrainedFurtherAndWhatIsMadeAnewIsSaid() {
        Path base = TinyModels.pipeline(temp.resolve("base"));
        Path out = temp.resolve("mine");
        Run run = good(
                "train",
                "--model",
                base.toString(),
                "--data",
                pictures.toString(),
                "--out",
                out.toString(),
                "--steps",
                "2",
                "--batch",
                "2",
                "--grey",
                "--sample-every",
                "0",
                "--quiet");
        assertTrue(run.err().isEmpty(), run.toString());
        DiffusersModel model = DiffusersFolder.read(out);
        assertEquals(1, model.config().inChannels());
        assertEquals(List.of("round", "square"), model.settings().classNames());
        Run loud = good(
                "train",
                "--model",
                base.toString(),
                "--data",
                pictures.toString(),
                "--out",
                temp + "/other",
                "--steps",
                "2",
                "--batch",
                "2",
                "--grey",
                "--sample-every",
                "0");
        List<String> said = loud.err().stream()
                .filter(line -> line.contains("made anew"))
                .map(line -> line.substring(0, line.indexOf(':')))
                .sorted()
                .toList();
        assertEquals(List.of("class_embedding.weight", "conv_in.weight", "conv_out.bias", "conv_out.weight"), said);
    }

    /** The command in a JVM of its own, to which signals can be sent. */
    private static Process process(Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-D" + TerminalBar.TERMINAL + "=true",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** SIGINT goes the same way; where a shell has put a build into the background it would be ignored. */
    @Test
    void sigtermWritesACheckpointThatResumeGoesOnFrom() throws Exception {
        Path whole = temp.resolve("whole");
        String[] options = {"--steps", "250", "--threads", "1"};
        good(command(pictures, whole, options));
        Path out = temp.resolve("stopped");
        Path log = temp.resolve("log");
        Process process = process(log, command(pictures, out, options));
        Path checkpoints = out.resolve("checkpoints");
        for (int i = 0; i < 1200 && process.isAlive() && !Files.exists(checkpoints); i++) {
            Thread.sleep(50);
        }
        process.destroy(); // SIGTERM
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(143, process.exitValue(), Files.readString(log));
        assertTrue(Files.readString(log).contains("--resume goes on"), Files.readString(log));
        try (Stream<Path> left = Files.list(checkpoints)) {
            assertTrue(left.allMatch(path -> path.getFileName().toString().startsWith("step-")));
        }
        Run resumed = good(command(
                pictures,
                out,
                Stream.concat(Arrays.stream(options), Stream.of("--resume")).toArray(String[]::new)));
        assertTrue(resumed.err().stream().anyMatch(line -> line.startsWith("going on from ")), resumed.toString());
        assertArrayEquals(
                Files.readAllBytes(whole.resolve(TinyModels.WEIGHTS)),
                Files.readAllBytes(out.resolve(TinyModels.WEIGHTS)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--steps 0                    | --steps: expected at least 1, found 0",
                "--batch 0                    | --batch: expected at least 1, found 0",
                "--label-dropout 2            | --label-dropout: expected a share in [0, 1], found 2.0",
                "--widths 8,0                 | --widths: expected numbers from 1 on, found [8, 0]",
                "--size 9                     | --size: expected multiples of 2 for 2 widths, found 9x9",
                "--size big                   | expected a size such as 32 or 48x32, found 'big'",
                "--attention 5                | --attention: expected heights of the levels, [4, 8], found [5]",
                "--checkpoint-every 0         | --checkpoint-every: expected at least 1, found 0",
                "--freeze (                   | --freeze: expected a regular expression, found '('",
                "--freeze .*                  | training: expected a parameter that isn't frozen, found none",
                "--freeze nothing             | training: expected a parameter to freeze whose name matches 'nothing',"
                        + " found none",
                "--model ddpm-mnist           | --widths: expected a new network, found --model",
                "--data /nowhere/at/all       | /nowhere/at/all",
                "--batch 100000000            | --batch: expected at most 65536, found 100000000",
                "--batch 2147483647           | --batch: expected at most 65536, found 2147483647",
                "--accumulation 2147483647    | --accumulation: expected at most 65536, found 2147483647",
                "--sample-images 2147483647   | --sample-images: expected at most 10000, found 2147483647",
                "--steps 9223372036854775807  | --steps: expected at most 1000000000, found 9223372036854775807",
                "--threads 20000              | --threads: expected",
                "--widths 2147483647          | --widths: expected numbers up to 65536, found 2147483647",
                "--widths 65536,65536         | memory: expected a network that trains in ",
                "--layers 2147483647          | --layers: expected at most 32, found 2147483647",
                "--size 16384                 | memory: expected at most ",
                "--allow threads              | --allow: expected --resume beside it, found none",
                "--allow everything           | --allow"
            })
    void badInputLeavesNothing(String options, String expected) {
        Path out = temp.resolve("out");
        List<String> command = new ArrayList<>(List.of(command(pictures, out)));
        for (String option : options.split(" ")) {
            command.add(option);
        }
        String[] words = options.split(" ");
        // The last one counts where an option may stand once.
        for (int i = 0; i + 2 <= command.size() - words.length; i++) {
            if (command.get(i).equals(words[0])) {
                command.remove(i);
                command.remove(i);
                break;
            }
        }
        Run run = Run.of(command.toArray());
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.err().get(run.err().size() - 1).contains(expected), run.toString());
        assertTrue(Files.notExists(out), "something was written");
    }

    @Test
    @Tag("slow")
    void sigtermActsBetweenTheBatchesOfAStep() throws Exception {
        Path out = temp.resolve("long");
        String[] options = {"--steps", "2", "--accumulation", "60000", "--batch", "16", "--threads", "1"};
        Path log = temp.resolve("log");
        Process process = process(log, command(pictures, out, options));
        for (int i = 0; i < 1200 && process.isAlive() && !Files.exists(out.resolve("metrics.jsonl")); i++) {
            Thread.sleep(50);
        }
        Thread.sleep(1000); // it is in the first step's batches
        process.destroy(); // SIGTERM
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "it waits for the step");
        assertEquals(143, process.exitValue(), Files.readString(log));
        assertTrue(Files.readString(log).contains("--resume goes on"), Files.readString(log));
    }

    @Test
    void aRunGoesOnWithOtherThreadsOnlyWhereThatIsAllowed() {
        Path out = temp.resolve("mine");
        good(command(pictures, out, "--steps", "4", "--threads", "1", "--schedule", "constant", "--warm-up", "0"));
        String[] more = {"--steps", "6", "--threads", "2", "--schedule", "constant", "--warm-up", "0", "--resume"};
        Run refused = Run.of((Object[]) command(pictures, out, more));
        assertEquals(2, refused.exitCode(), refused.toString());
        assertTrue(
                refused.err()
                        .get(refused.err().size() - 1)
                        .contains("threads 2 in place of 1; --allow threads goes on"),
                refused.toString());
        List<String> allowed = new ArrayList<>(List.of(command(pictures, out, more)));
        allowed.addAll(List.of("--allow", "threads,engine"));
        good(allowed.toArray(String[]::new));
    }

    /** Its grids would be pictures when it goes on, and its folder a class. */
    @Test
    void aRunsFolderAmongThePicturesIsLeftOut() throws IOException {
        Path out = pictures.resolve("run");
        String[] four = {"--steps", "4", "--sample-every", "2", "--schedule", "constant", "--warm-up", "0"};
        good(command(pictures, out, four));
        assertEquals(
                List.of("round", "square"), DiffusersFolder.read(out).settings().classNames());
        String[] eight = {"--steps", "8", "--sample-every", "2", "--schedule", "constant", "--warm-up", "0", "--resume"
        };
        Run resumed = good(command(pictures, out, eight));
        assertTrue(resumed.err().get(0).contains("12 pictures in 2 classes"), resumed.toString());
        Path beside = temp.resolve("beside");
        good(command(pictures, beside, eight)); // another run's folder is left out as well
        Run inItself = Run.of((Object[]) command(pictures, pictures, four));
        assertEquals(2, inItself.exitCode(), inItself.toString());
        assertTrue(inItself.err().get(0).startsWith("--out: expected another folder than that of --data"));
        Path link = Files.createSymbolicLink(temp.resolve("link"), pictures);
        assertEquals(2, Run.of((Object[]) command(link, pictures, four)).exitCode());
    }

    @Test
    void whatIsReadInGreyOrFarEnlargedIsSaid() {
        Run run = good(command(pictures, temp.resolve("mine"), "--steps", "1", "--grey", "--size", "32"));
        assertTrue(
                run.err().contains("pictures in colour are read in grey: 12 of the 12 that were looked at have colour"),
                run.toString());
        assertTrue(
                run.err()
                        .contains("12 pictures are enlarged more than twice to 32x32, and will be blurred: take a"
                                + " smaller size or larger pictures"),
                run.toString());
        Run plain = good(command(pictures, temp.resolve("plain"), "--steps", "1"));
        assertTrue(plain.err().stream().noneMatch(line -> line.contains("grey") || line.contains("enlarged")));
    }
}
