package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFileLinesTest {
    private static final Path GOLDENS = Path.of("../verify/src/test/resources/goldens");

    @TempDir
    Path folder;

    private static List<String> info(Path file) {
        Run run = Run.of("info", file);
        assertEquals(0, run.exitCode(), () -> run.err().toString());
        assertEquals(List.of(), run.err());
        return run.out();
    }

    @Test
    void dictsOfWeightsOfATorchFileAreListed() {
        Path file = GOLDENS.resolve("pickle-zip-model-ema/model.pt");
        List<String> out = info(file);
        assertEquals(file + ": a torch file of 20 tensors, 402 numbers (18 F32, 2 I64)", out.get(0));
        assertEquals("weights", out.get(1));
        assertTrue(
                out.get(2).matches("  model +10 tensors, 201 numbers \\(9 F32, 1 I64\\), taken for the network"),
                out.get(2));
        assertTrue(out.get(3).matches("  ema +10 tensors, 201 numbers \\(9 F32, 1 I64\\)"), out.get(3));
        assertTrue(out.contains("values") && out.stream().anyMatch(line -> line.matches("  steps +10")), out::toString);
        assertTrue(out.stream().anyMatch(line -> line.matches("  args +argparse.Namespace")), out::toString);
    }

    @Test
    void whatAnOptimiserHoldsIsNotListed() {
        List<String> out = info(GOLDENS.resolve("pickle-legacy-lightning/last.ckpt"));
        assertTrue(out.get(0).contains(": a torch file of before 1.6 of 32 tensors"), out.get(0));
        assertTrue(out.stream().anyMatch(line -> line.matches("  global_step +123456")), out::toString);
        assertTrue(out.stream().noneMatch(line -> line.contains("optimizer_states")), out::toString);
    }

    @Test
    void aSafetensorsFileIsListedToo() {
        List<String> out = info(GOLDENS.resolve("pickle-zip-newer-dtypes/case.safetensors"));
        assertTrue(
                out.get(0)
                        .endsWith(": a safetensors file of 5 tensors, 31 numbers"
                                + " (1 F8_E5M2, 1 F8_E4M3, 1 U16, 1 U32, 1 F32)"),
                out.get(0));
    }

    @Test
    void anotherFileIsRefusedInALine() throws Exception {
        Run run = Run.of("info", Files.writeString(folder.resolve("a.ckpt"), "Entry not found"));
        assertEquals(2, run.exitCode());
        assertTrue(run.err().get(0).contains("found a text, which begins with 'Entry not found'"), run.err()::toString);
        assertEquals(
                2,
                Run.of("info", GOLDENS.resolve("pickle-zip-views/model.pt"), "--draw", "a.svg")
                        .exitCode());
    }
}
