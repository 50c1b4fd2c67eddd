package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.PythonJson;

/** Whatever stands in a configuration: it is read, and survives, or is refused by a {@link Diffusion4jException}. */
class ConfigFuzzTest {
    private static final List<String> SCRAPS = List.of(
            "0",
            "1",
            "-1",
            "2",
            "3",
            "7",
            "2147483647",
            "2147483648",
            "-2147483648",
            "1e400",
            "-1e-320",
            "0.5",
            "1.0",
            "null",
            "true",
            "false",
            "NaN",
            "Infinity",
            "\"\"",
            "\"conv\"",
            "\"resnet\"",
            "\"fourier\"",
            "\"learned\"",
            "[]",
            "[1]",
            "[4, 8]",
            "[[4]]",
            "{}",
            "{",
            "}",
            "[",
            "]",
            ",",
            "\"",
            "[".repeat(3000),
            "\u0000",
            "\ud83d\ude00");

    private Path file;
    private Path model;

    @BeforeProperty
    void createFiles() throws IOException {
        model = Files.createTempDirectory("fuzz");
        file = model.resolve("fuzz.json");
        DiffusersFolder.write(model, DiffusersModel.of(TinyModel.CONFIG, null, TinyModel.weights(1)));
    }

    @AfterProperty
    void deleteFiles() throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path left : files.toList()) {
                Files.delete(left);
            }
        }
        Files.delete(model);
    }

    @Property(tries = 500)
    void editedUNetConfigsAreReadOrRefused(@ForAll long seed) throws IOException {
        uNetConfigIsReadOrRefused(seed);
    }

    @Property(tries = 20_000)
    @Tag("slow")
    void furtherEditedUNetConfigsAreReadOrRefused(@ForAll long seed) throws IOException {
        uNetConfigIsReadOrRefused(seed);
    }

    private void uNetConfigIsReadOrRefused(long seed) throws IOException {
        Random random = new Random(seed);
        Files.writeString(file, edited(PythonJson.print(UNetConfigJson.toJson(TinyModel.CONFIG)), random));
        try {
            UNetConfig config = UNetConfigJson.read(file);
            assertTrue(config.parameterCount() > 0);
            UNetConfigJson.write(file, config);
            assertEquals(config, UNetConfigJson.read(file));
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
        }
    }

    /** The same, and the network that comes of it is held against weights. Those that it doesn't have are left out. */
    @Property(tries = 300)
    void editedConfigsOfAModelAreReadOrRefused(@ForAll long seed) throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(config, edited(PythonJson.print(UNetConfigJson.toJson(TinyModel.CONFIG)), new Random(seed)));
        try {
            DiffusersModel read = DiffusersFolder.read(model);
            assertEquals(
                    read.config().parameterShapes().keySet(), read.weights().keySet());
            assertTrue(TinyModel.weights(1).keySet().containsAll(read.weights().keySet()));
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
        }
    }

    @Property(tries = 400)
    void editedSchedulerConfigsAreReadOrRefused(@ForAll long seed) throws IOException {
        schedulerConfigIsReadOrRefused(seed);
    }

    @Property(tries = 20_000)
    @Tag("slow")
    void furtherEditedSchedulerConfigsAreReadOrRefused(@ForAll long seed) throws IOException {
        schedulerConfigIsReadOrRefused(seed);
    }

    private void schedulerConfigIsReadOrRefused(long seed) throws IOException {
        Random random = new Random(seed);
        SchedulerKind[] kinds = SchedulerKind.values();
        SchedulerConfig start = kinds[random.nextInt(kinds.length)].defaults();
        Files.writeString(file, edited(PythonJson.print(SchedulerConfigJson.toJson(start)), random));
        try {
            SchedulerConfig config = SchedulerConfigJson.read(file);
            SchedulerConfigJson.write(file, config);
            assertEquals(config.kind(), SchedulerConfigJson.read(file).kind());
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
        }
    }

    @Property(tries = 500)
    void editedSettingsAreReadOrRefused(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Files.writeString(file, edited(PythonJson.print(ModelSettingsJson.toJson(TinyModel.SETTINGS)), random));
        try {
            ModelSettings settings = ModelSettingsJson.read(file, JsonFile.read(file));
            assertEquals(settings, ModelSettingsJson.read(file, ModelSettingsJson.toJson(settings)));
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
        }
    }

    /** Replaces some values, or stretches of text, by scraps. */
    static String edited(String json, Random random) {
        String text = json;
        for (int i = 0; i <= random.nextInt(3); i++) {
            String scrap = SCRAPS.get(random.nextInt(SCRAPS.size()));
            List<MatchResult> values = Pattern.compile("(?<=: )[^\\n,\\[{]+|(?<= )\\d+")
                    .matcher(text)
                    .results()
                    .toList();
            if (random.nextInt(4) > 0 && !values.isEmpty()) {
                MatchResult value = values.get(random.nextInt(values.size()));
                text = text.substring(0, value.start()) + scrap + text.substring(value.end());
            } else {
                int from = random.nextInt(text.length() + 1);
                int to = Math.min(text.length(), from + random.nextInt(8));
                text = text.substring(0, from) + scrap + text.substring(to);
            }
        }
        // A cut surrogate pair can't be written; a question mark in its place will do.
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
