package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** What is written and printed is the same under every locale of the user: digits, separators, letters' case. */
class LocaleTest {
    /** What tells of the time that a run took can't be equal; its digits and separators can. */
    private static final Pattern TIMED = Pattern.compile(".*(metrics\\.jsonl|report\\.html|tfevents.*)");

    private static final Pattern NUMBER = Pattern.compile("[0-9]+(,[0-9]{3})*(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
    private static final Pattern DECIMAL_COMMA = Pattern.compile("#,#");
    private static final Pattern OTHER_DIGIT = Pattern.compile("(?![0-9])\\p{Nd}");

    @TempDir
    private static Path temp;

    private static final Locale OF_THE_TESTS = Locale.getDefault();
    private static Written expected;

    /** What the commands left: by path within their folder, and what they printed. */
    private record Written(Map<String, byte[]> files, List<String> lines) {}

    @BeforeAll
    static void writeWithoutALocale() throws IOException {
        Path data = Files.createDirectories(temp.resolve("data"));
        for (int i = 0; i < 12; i++) {
            Path folder = Files.createDirectories(data.resolve(i % 2 == 0 ? "titi" : "toto"));
            BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
            picture.setRGB(i % 8, i / 8 % 8, 0xffffff - 1000 * i);
            ImageIO.write(picture, "png", folder.resolve(i + ".png").toFile());
        }
        SafetensorsWriter.writeArrays(
                temp.resolve("in.safetensors"),
                Map.of(
                        "sample", Nd4j.zeros(DataType.FLOAT, 1, 3, 8, 8),
                        "timestep", Nd4j.createFromArray(5L),
                        "class_labels", Nd4j.createFromArray(1L)));
        expected = writtenUnder(Locale.ROOT);
    }

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(OF_THE_TESTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fa", "hi-IN-u-nu-deva", "tr"})
    void filesAndLinesAreThoseWithoutALocale(String tag) throws IOException {
        assertSameUnder(tag);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "bn", "mr", "my", "th-TH-u-ca-buddhist-nu-thai", "lt", "de-CH", "fr"})
    void filesAndLinesAreThoseWithoutALocaleUnderMore(String tag) throws IOException {
        assertSameUnder(tag);
    }

    private static void assertSameUnder(String tag) throws IOException {
        Written written = writtenUnder(Locale.forLanguageTag(tag));
        assertEquals(expected.files().keySet(), written.files().keySet());
        for (Map.Entry<String, byte[]> file : written.files().entrySet()) {
            byte[] wanted = expected.files().get(file.getKey());
            if (!TIMED.matcher(file.getKey()).matches()) {
                assertArrayEquals(wanted, file.getValue(), file.getKey());
            } else if (file.getKey().contains("tfevents")) {
                assertEquals(wanted.length, file.getValue().length, file.getKey());
            } else if (file.getKey().endsWith(".html")) { // the axis of the speed has other marks each time
                String text = untimed(file.getValue()).replaceAll("(?s)<(style|script)>.*?</\\1>", "");
                assertFalse(DECIMAL_COMMA.matcher(text).find(), text);
            } else {
                assertEquals(untimed(wanted), untimed(file.getValue()), file.getKey());
            }
        }
        assertEquals(expected.lines(), written.lines());
    }

    @Test
    void theDigitsThatAreLookedForAreThoseOfALocale() {
        String arabic = String.format(Locale.forLanguageTag("ar-EG"), "%.1e", 1e-5);
        assertFalse(NUMBER.matcher(arabic).replaceAll("#").equals("#"), arabic);
        assertEquals(
                "#", NUMBER.matcher(String.format(Locale.ROOT, "%.1e", 1e-5)).replaceAll("#"));
    }

    private static Written writtenUnder(Locale locale) throws IOException {
        Locale.setDefault(locale);
        Path run = temp.resolve("run"); // one path, as it stands in files
        Path mine = run.resolve("mine");
        Stream<String> lines = Stream.of(
                        command(
                                "train --data %s --out %s --size 8 --widths 8,16 --layers 1 --batch 4 --steps 4"
                                        + " --warm-up 2 --learning-rate 1e-5 --checkpoint-every 2 --sample-every 2 --sample-images 2"
                                        + " --threads 1",
                                temp.resolve("data"), mine),
                        command("sample --model %s --labels titi --steps 2 --out %s", mine, run.resolve("grid.png")),
                        command("sample --model %s --images 2 --steps 2 --out %s/", mine, run.resolve("pictures")),
                        command("info %s --draw %s", mine, run.resolve("network.svg")),
                        command("export --model %s --format diffusers --out %s", mine, run.resolve("exported")),
                        command("export --model %s --format onnx --out %s", mine, run.resolve("exported.onnx")),
                        command(
                                "export --model %s --format safetensors --out %s",
                                mine, run.resolve("exported.safetensors")),
                        command(
                                "predict --model %s --in %s --out %s",
                                mine, temp.resolve("in.safetensors"), run.resolve("out.safetensors")),
                        command("models"),
                        command("train --help"),
                        refused("sample --model %s --labels 7 --steps 2 --out %s", mine, run.resolve("never.png")))
                .flatMap(List::stream);
        // How often the progress is told depends on the time.
        List<String> untimed = lines.map(LocaleTest::untimed)
                .filter(line -> !line.endsWith(" left"))
                .toList();
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(run)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString().replace('\\', '/');
                files.put(name.replaceFirst("tfevents\\.[0-9]+", "tfevents.#"), Files.readAllBytes(file));
            }
        }
        Files.move(run, temp.resolve("run-" + locale.toLanguageTag()));
        return new Written(files, untimed);
    }

    private static List<String> command(String words, Object... values) {
        return lines(0, words, values);
    }

    private static List<String> refused(String words, Object... values) {
        return lines(2, words, values);
    }

    private static List<String> lines(int exitCode, String words, Object... values) {
        Run run = Run.of((Object[]) String.format(Locale.ROOT, words, values).split(" "));
        assertEquals(exitCode, run.exitCode(), run.toString());
        return Stream.concat(run.out().stream(), run.err().stream()).toList();
    }

    private static String untimed(byte[] text) {
        return untimed(new String(text, StandardCharsets.UTF_8));
    }

    private static String untimed(String text) {
        assertFalse(OTHER_DIGIT.matcher(text).find(), text);
        return NUMBER.matcher(text).replaceAll("#");
    }
}
