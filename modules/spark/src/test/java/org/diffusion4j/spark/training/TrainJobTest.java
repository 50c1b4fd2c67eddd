package org.diffusion4j.spark.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.spark.Job;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainJobTest {
    @TempDir
    private Path temp;

    private String refusal(String... options) {
        List<String> args = new ArrayList<>(
                List.of("--data", "pictures", "--out", temp.resolve("run").toString()));
        args.addAll(List.of(options));
        StringWriter err = new StringWriter();
        assertEquals(2, Job.run(new TrainJob(), new PrintWriter(err, true), args.toArray(String[]::new)));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertFalse(Files.exists(temp.resolve("run")));
        return err.toString().strip();
    }

    @Test
    void badOptionsEndBeforeSparkBegins() {
        assertEquals("--steps: expected at least 1, found 0", refusal("--steps", "0"));
        assertEquals("--workers: expected at least 1, found 0", refusal("--workers", "0"));
        assertEquals(
                "--local-steps: expected an accumulation of equal parts for 2 workers, such as 2, found 3",
                refusal("--local-steps", "10", "--accumulation", "3", "--workers", "2"));
        assertEquals(
                "--checkpoint-every: expected a multiple of the 7 local steps, found 500",
                refusal("--local-steps", "7"));
        assertEquals("--allow: expected --resume beside it, found none", refusal("--allow", "threads"));
        assertTrue(refusal("--engine", "fast").startsWith("--engine: expected auto, "));
        assertTrue(refusal("--model", temp.resolve("none").toString()).contains("none"));
    }
}
