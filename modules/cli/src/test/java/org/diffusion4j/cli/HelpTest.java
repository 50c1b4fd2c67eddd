package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.diffusion4j.training.LearningRate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code --help} says. */
class HelpTest {
    /** What a default looks like that nobody chose, or a parameter whose name nobody gave. */
    private static final Pattern STRAY =
            Pattern.compile("null|\\(\\)|default: *\\)|\\$\\{|2147483647|9223372036854775807|<|…\\.");

    private static List<String> help(String command) {
        Run run = command.isEmpty() ? Run.of("--help") : Run.of(command, "--help");
        assertEquals(0, run.exitCode(), run.toString());
        assertEquals(List.of(), run.err());
        return run.out();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sample",
                "serve",
                "train",
                "predict",
                "evaluate",
                "verify",
                "export",
                "info",
                "models",
                "bench"
            })
    void helpFitsATerminalAndItsExamplesAreValid(String command) {
        List<String> help = help(command);
        assertTrue(
                help.get(0).startsWith("Usage: diffusion4j " + (command.isEmpty() ? "COMMAND" : command)), help.get(0));
        for (String line : help) {
            assertTrue(line.codePointCount(0, line.length()) <= 80, line);
            assertFalse(STRAY.matcher(line).find(), line);
        }
        int heading = Math.max(help.indexOf("Examples:"), help.indexOf("Example:"));
        assertTrue(heading > 0, help.toString());
        List<String> examples = help.subList(heading + 1, help.size());
        assertFalse(examples.isEmpty());
        for (String example : examples) {
            String[] words = example.strip().split(" ");
            assertEquals("diffusion4j", words[0], example);
            CommandLine.ParseResult parsed = new CommandLine(new Main())
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .parseArgs(Arrays.copyOfRange(words, 1, words.length));
            assertNotNull(parsed.subcommand(), example);
        }
    }

    @Test
    void whatACommandCannotDoWithoutStandsFirstAndEachOptionOnce() {
        String train = String.join("\n", help("train"));
        List<String> order = List.of(
                "--data=PATH  ",
                "--out=FOLDER  ",
                "--model=BASE  ",
                "Pictures:",
                "A new network:",
                "Learning:",
                "The run:",
                "Computing:",
                "Common:",
                "--help",
                "Examples:");
        int at = 0;
        for (String part : order) {
            int next = train.indexOf(part, at);
            assertTrue(next > 0, part + " in " + train);
            at = next;
        }
        new CommandLine(new Main())
                .getSubcommands()
                .get("train")
                .getCommandSpec()
                .options()
                .forEach(option -> {
                    String name = option.longestName();
                    long lines = train.lines()
                            .filter(line -> line.matches("( {6}|  -., )" + name + "([= ].*)?"))
                            .count();
                    assertEquals(1, lines, name + " in " + train);
                });
    }

    @Test
    void theLearningRatesInTheHelpAreThePlans() {
        String train = String.join(" ", help("train")).replaceAll(" +", " ");
        assertTrue(
                train.contains("(default: " + plain(LearningRate.SCRATCH) + ", or " + plain(LearningRate.FINE_TUNING)
                        + " with --model)"),
                train);
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
}
