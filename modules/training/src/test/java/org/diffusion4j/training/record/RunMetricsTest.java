package org.diffusion4j.training.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunMetricsTest {
    @TempDir
    private Path folder;

    private RunMetrics read(String... lines) throws IOException {
        return RunMetrics.read(Files.write(folder.resolve("metrics.jsonl"), List.of(lines)));
    }

    @Test
    void theMeanSpeedIsThatOfAllStepsAndNotOfTheLast() throws IOException {
        RunMetrics metrics = read(
                "{\"step\":1,\"images_per_second\":100}",
                "{\"step\":2,\"images_per_second\":100}",
                "{\"step\":3,\"images_per_second\":25}");
        // A hundredth of a second twice, and a twenty-fifth: 0.02 seconds an image.
        assertEquals(50, metrics.meanImagesPerSecond(), 1e-9);
    }

    @Test
    void stepsWithoutASpeedHaveNoneAndCountNot() throws IOException {
        assertTrue(Double.isNaN(read("{\"step\":1,\"loss\":0.5}").meanImagesPerSecond()));
        assertEquals(
                10,
                read("{\"step\":1,\"images_per_second\":10}", "{\"step\":2,\"loss\":0.5}")
                        .meanImagesPerSecond());
    }
}
