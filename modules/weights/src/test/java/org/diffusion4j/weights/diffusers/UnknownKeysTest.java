package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.JsonFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key that means nothing here is named once, in one line, and is there when the model is written back. */
class UnknownKeysTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeModel() {
        DiffusersFolder.write(folder, TinyModel.model());
    }

    private void add(String file, String... keys) throws IOException {
        Path path = folder.resolve(file);
        ObjectNode json = JsonFile.read(path);
        for (String key : keys) {
            json.put(key, 1);
        }
        Files.writeString(path, json.toString());
    }

    @Test
    void aModelThatWeWroteHasNone() {
        assertEquals(List.of(), DiffusersFolder.read(folder).notes());
        assertEquals(List.of(), TinyModel.model().notes());
    }

    @Test
    void thoseOfAllFilesAreNamedInOneLine() throws IOException {
        add("model_index.json", "requires_safety_checker", "_private");
        add("unet/config.json", "sample_sise", "_private");
        add("scheduler/scheduler_config.json", "solver_ordre");
        add("diffusion4j.json", "classNames");
        ObjectNode settings = JsonFile.read(folder.resolve("diffusion4j.json"));
        ((ObjectNode) settings.get("sampling")).put("guidence", 3);
        Files.writeString(folder.resolve("diffusion4j.json"), settings.toString());
        DiffusersModel model = DiffusersFolder.read(folder);
        assertEquals(
                List.of(
                        "keys that are not known here have no effect (they are kept): model_index.json:"
                                + " 'requires_safety_checker'; unet/config.json: 'sample_sise'; "
                                + "scheduler/scheduler_config.json: 'solver_ordre'; diffusion4j.json: 'guidence', 'classNames'"),
                model.notes());
        DiffusersFolder.write(folder, model);
        assertEquals(model.notes(), DiffusersFolder.read(folder).notes());
        assertEquals(
                1,
                JsonFile.read(folder.resolve("unet/config.json"))
                        .path("sample_sise")
                        .intValue());
    }

    @Test
    void manyAndLongOnesAreCounted() throws IOException {
        String[] keys = new String[500];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "key" + i + "\n" + "x".repeat(300);
        }
        for (String file : new String[] {"unet/config.json", "scheduler/scheduler_config.json"}) {
            add(file, keys);
        }
        String note = DiffusersFolder.read(folder).notes().get(0);
        assertTrue(note.contains(" and 494 more"), note);
        assertTrue(note.length() < 500 && note.indexOf('\n') < 0, note);
    }

    private DiffusersModel readWith(Map<String, Object> changes) throws IOException {
        Path file = folder.resolve("scheduler/scheduler_config.json");
        ObjectNode json = JsonFile.read(file);
        json.remove("prediction_type");
        changes.forEach((key, value) -> json.putPOJO(key, value));
        Files.writeString(file, json.toString());
        return DiffusersFolder.read(folder);
    }

    @Test
    void theOldKeyForThePredictionIsUnderstood() throws IOException {
        for (boolean epsilon : new boolean[] {true, false}) {
            DiffusersModel model = readWith(Map.of("predict_epsilon", epsilon));
            String expected = epsilon ? "epsilon" : "sample";
            assertEquals(expected, model.scheduler().predictionType().configName());
            assertEquals(List.of(), model.notes());
            // Today's diffusers would take it for epsilon: it gets the new key.
            DiffusersFolder.write(folder, model);
            ObjectNode written = JsonFile.read(folder.resolve("scheduler/scheduler_config.json"));
            assertEquals(expected, written.path("prediction_type").asText());
            assertTrue(written.path("predict_epsilon").isMissingNode());
        }
    }

    @Test
    void theOldKeyBesideTheNewOneMustAgree() throws IOException {
        assertEquals(
                "v_prediction",
                readWith(Map.of("predict_epsilon", true, "prediction_type", "v_prediction"))
                        .scheduler()
                        .predictionType()
                        .configName());
        assertEquals(
                "sample",
                readWith(Map.of("predict_epsilon", false, "prediction_type", "sample"))
                        .scheduler()
                        .predictionType()
                        .configName());
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> readWith(Map.of("predict_epsilon", false, "prediction_type", "epsilon")))
                .getMessage();
        assertTrue(
                message.endsWith(
                        "predict_epsilon: expected true or nothing, as prediction_type is 'epsilon', found false"),
                message);
    }
}
