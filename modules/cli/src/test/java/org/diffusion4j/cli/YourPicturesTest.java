package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.diffusion4j.zoo.Zoo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * Runs what docs/your-pictures.md tells its reader to type, in its order. Changed are: counts of training steps, and
 * checkpoints named by them, to a {@value #FEWER}th (rounded up), at most {@value #MOST}; files, which lie in a folder of
 * the test's own; and what {@link #QUICKER} adds.
 */
class YourPicturesTest {
    private static final Path DOCUMENT = Path.of("../../docs/your-pictures.md");
    private static final String PROMPT = "./diffusion4j ";
    /** What takes the same time however few the pictures are: a classifier's learning, and a measurement. */
    private static final List<String> SLOW = List.of("evaluate", "bench");

    private static final int FEWER = 200;
    private static final int MOST = 6;
    private static final List<String> STEPS = List.of("--steps", "--sample-every", "--checkpoint-every");
    private static final List<String> FILES = List.of("--data", "--out", "--draw", "--in");
    private static final Pattern CHECKPOINT = Pattern.compile("(.*/step-)(\\d{8})");

    /** What is added to a command that doesn't say it. */
    private static final Map<String, Map<String, String>> QUICKER = Map.of(
            "train", Map.of("--batch", "2", "--sample-images", "2"),
            "sample", Map.of("--images", "2", "--steps", "2"),
            "bench", Map.of("--warm-up", "0"),
            "evaluate", Map.of("--images", "2"));

    @TempDir
    private Path folder;

    @Tag("slow")
    @Test
    void whatTheDocumentTellsToTypeRunsInItsOrder() throws Exception {
        drawPictures();
        List<String> commands = commands(Files.readString(DOCUMENT));
        assertTrue(commands.size() > 5, "found only " + commands);
        for (String command : commands) {
            if (isSlow(command)) { // here its options only
                new CommandLine(new Main())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .parseArgs(arguments(command));
            } else {
                run(command);
            }
        }
    }

    @Test
    @Tag("slow")
    void whatTakesLongerRunsToo() throws Exception {
        drawPictures();
        List<String> commands = commands(Files.readString(DOCUMENT));
        run(commands.get(0));
        for (String command : commands) {
            if (isSlow(command)) {
                run(command);
            }
        }
    }

    @Test
    void whatTheDocumentShowsIsThere() throws Exception {
        Matcher link = Pattern.compile("]\\(([^)#]+)\\)").matcher(Files.readString(DOCUMENT));
        int pictures = 0;
        while (link.find()) {
            if (link.group(1).startsWith("https://")) {
                continue;
            }
            Path target = DOCUMENT.resolveSibling(link.group(1));
            assertTrue(Files.exists(target), "expected " + target);
            pictures += link.group(1).endsWith(".png") ? 1 : 0;
        }
        assertTrue(pictures > 3, "found only " + pictures + " pictures");
    }

    @ParameterizedTest
    @CsvSource({
        "an option that isn't one, ./diffusion4j train --data my-pictures --out a --step 200, --step",
        "a value that isn't one, ./diffusion4j train --data my-pictures --out a --schedule flat, flat",
        "a file that no command before it makes, ./diffusion4j sample --model mine --out a.png, mine",
        "a checkpoint that none makes, ./diffusion4j info mine/checkpoints/step-00000400, step-00000002",
    })
    void aDocumentIsFoundOutThatHas(String fault, String line, String named) throws Exception {
        drawPictures();
        List<String> commands = commands("Type:\n\n```\n" + line + "\n```\n");
        AssertionError error = assertThrows(AssertionError.class, () -> run(commands.get(0)));
        assertTrue(error.getMessage().contains(named), fault + ": " + error.getMessage());
    }

    @Test
    void aBlockOfAnythingElseIsFoundOut() {
        assertThrows(AssertionError.class, () -> commands("```\ndiffusion4j models\n```\n"));
    }

    /** Every line of the blocks that aren't marked as text; a backslash at its end joins it to the next. */
    private static List<String> commands(String document) {
        List<String> commands = new ArrayList<>();
        Matcher block = Pattern.compile("(?m)^ *```(\\w*)\n((?s).*?)^ *```$").matcher(document);
        while (block.find()) {
            if (block.group(1).equals("text")) {
                continue;
            }
            for (String line :
                    block.group(2).replaceAll("\\\\\n\\s*", "").lines().toList()) {
                assertTrue(line.strip().startsWith(PROMPT), "expected a command, found: " + line);
                commands.add(line.strip());
            }
        }
        return commands;
    }

    private static boolean isSlow(String command) {
        return SLOW.contains(command.substring(PROMPT.length()).split(" ")[0]);
    }

    private String[] arguments(String command) {
        List<String> arguments = new ArrayList<>();
        String option = "";
        for (String word : command.substring(PROMPT.length()).split(" +")) {
            arguments.add(changed(word, option, arguments.isEmpty() ? "" : arguments.get(0)));
            option = word;
        }
        QUICKER.getOrDefault(arguments.get(0), Map.of()).forEach((name, value) -> {
            if (!arguments.contains(name)) {
                arguments.addAll(List.of(name, value));
            }
        });
        return arguments.toArray(String[]::new);
    }

    private void run(String command) {
        List<String> arguments = List.of(arguments(command));
        Run run = Run.of(arguments.toArray());
        assertEquals(0, run.exitCode(), command + "\n" + run.err());
        int out = arguments.indexOf("--out");
        assertTrue(out < 0 || Files.exists(Path.of(arguments.get(out + 1))), command + ": nothing in its --out");
    }

    private String changed(String word, String option, String command) {
        if (command.equals("train") && STEPS.contains(option)) {
            return fewer(word);
        }
        boolean isModel = option.equals("--model") || option.equals("info");
        boolean isOfZoo = Zoo.packedNames().contains(word);
        if (isModel ? isOfZoo : !FILES.contains(option)) {
            return word;
        }
        Matcher checkpoint = CHECKPOINT.matcher(word);
        return folder
                + File.separator
                + (checkpoint.matches()
                        ? checkpoint.group(1)
                                + String.format(Locale.ROOT, "%08d", Long.parseLong(fewer(checkpoint.group(2))))
                        : word);
    }

    private static String fewer(String steps) {
        long count = Long.parseLong(steps);
        return Long.toString(Math.min(MOST, (count + FEWER - 1) / FEWER));
    }

    /** Discs and squares in the folders that the document speaks of. */
    private void drawPictures() throws Exception {
        for (String name : List.of("faces", "hearts")) {
            Path pictures =
                    Files.createDirectories(folder.resolve("my-pictures").resolve(name));
            for (int i = 0; i < 6; i++) {
                BufferedImage picture = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
                Graphics2D pen = picture.createGraphics();
                pen.setColor(name.equals("faces") ? Color.YELLOW : Color.RED);
                if (name.equals("faces")) {
                    pen.fillOval(i, i, 30, 30);
                } else {
                    pen.fillRect(i, i, 20, 20);
                }
                pen.dispose();
                ImageIO.write(picture, "png", pictures.resolve(i + ".png").toFile());
            }
        }
    }
}
