package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What README's table says that opens. */
class OpenedModelsTest {
    private static final Path GOLDENS = Path.of("..", "verify", "src", "test", "resources", "goldens");

    /** What info is given for each row of the table, and what it prints then. */
    private static final Map<String, Opened> ROWS = new LinkedHashMap<>();

    /** Those that need a server, or a file that has to be written first, with the test that has it. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "a name on the hub",
            "HubCommandsTest",
            "a single file",
            "SingleFileCommandTest",
            "a network of Karras et al. 2022",
            "AdmCommandTest");

    private record Opened(String model, List<String> options, String printed) {}

    static {
        row(
                "a pipeline's folder",
                "flat-extra-tensor/repo",
                "unet/diffusion_pytorch_model.safetensors (safetensors, F32)");
        row(
                "a network's folder",
                "flat-root-and-folder/repo/unet",
                "diffusion_pytorch_model.safetensors (safetensors, F32)");
        row("a flat folder", "flat-ddpm-both/repo", "  diffusion_pytorch_model.safetensors (safetensors, F32)");
        row(
                "a variant",
                "flat-fp16-only/repo",
                "unet/diffusion_pytorch_model.fp16.safetensors (variant fp16, safetensors, F16)",
                "--variant",
                "fp16");
        row(
                "shards",
                "flat-sharded-and-whole/repo",
                "-00001-of-00002.safetensors, unet/diffusion_pytorch_model-00002-of-");
        row(
                "`.bin` files",
                "flat-sharded-bin/repo",
                "diffusion_pytorch_model-00002-of-00002.bin (torch in shards, F32)");
        row("a network of guided-diffusion", "guided-single/64x64_diffusion.pt", "in_channels");
        row(
                "a torch file",
                "pickle-zip-model-ema/model.pt",
                "10 tensors, 201 numbers (9 F32, 1 I64), taken for the network");
        row("an adapter", "lora-kohya-sd1/kohya.safetensors", "kohya");
    }

    private static void row(String name, String model, String printed, String... options) {
        ROWS.put(name, new Opened(GOLDENS.resolve(model).toString(), List.of(options), printed));
    }

    @TempDir
    Path folder;

    private static Set<String> rows() throws IOException {
        String readme = Files.readString(Path.of("..", "..", "README.md"));
        String section = readme.substring(readme.indexOf("\n## Open a model\n") + 1);
        return section.substring(0, section.indexOf("\n## "))
                .lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split("\\|")[1].strip().split("[:,(]")[0].strip())
                .filter(name -> !name.equals("what") && !name.startsWith("---"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void eachRowOfTheTableHasATest() throws IOException {
        Set<String> tested = new TreeSet<>(ROWS.keySet());
        tested.addAll(ELSEWHERE.keySet());
        assertEquals(tested, rows());
        for (String test : ELSEWHERE.values()) {
            assertTrue(Files.exists(Path.of("src/test/java/org/diffusion4j/cli").resolve(test + ".java")), test);
        }
    }

    @TestFactory
    Stream<DynamicTest> whatTheTableSaysOpens() {
        return ROWS.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    Opened opened = row.getValue();
                    Run run = Run.of(Stream.concat(Stream.of("info", opened.model()), opened.options().stream())
                            .toArray());
                    assertEquals(0, run.exitCode(), run.toString());
                    String out = String.join("\n", run.out()).replace('\\', '/');
                    assertTrue(out.contains(opened.printed()), out);
                }));
    }

    @Test
    void everyCommandThatTakesAModelTakesAVariant() {
        new CommandLine(new Main()).getSubcommands().forEach((name, command) -> {
            boolean takesModel = command.getCommandSpec().findOption("--model") != null || name.equals("info");
            assertEquals(takesModel, command.getCommandSpec().findOption("--variant") != null, name);
        });
    }

    @Test
    void whatIsReadIsTheVariantThatWasAskedFor() {
        Path out = folder.resolve("out.safetensors");
        String model = GOLDENS.resolve("flat-sharded-variant-legacy/repo").toString();
        Map<String, TensorType> expected = Map.of("", TensorType.F32, "fp16", TensorType.F16);
        expected.forEach((variant, type) -> {
            List<String> arguments = Stream.of(
                            "export", "--model", model, "--format", "safetensors", "--out", out.toString())
                    .collect(Collectors.toList());
            if (!variant.isEmpty()) {
                arguments.addAll(List.of("--variant", variant));
            }
            Run run = Run.of(arguments.toArray());
            assertEquals(0, run.exitCode(), run.toString());
            try (SafetensorsReader reader = SafetensorsReader.open(out)) {
                assertEquals(type, reader.entry("conv_in.weight").type());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> whatDoesNotOpenIsRefusedInALine() {
        Map<String, String> refused = new LinkedHashMap<>();
        refused.put(
                "info flat-ddpm-both/repo --variant ema",
                "expected files of the variant ema in the folder of a part, such as"
                        + " unet/diffusion_pytorch_model.ema.safetensors, found none");
        refused.put("info flat-ddpm-both/repo --variant ../x", "--variant: expected a word in the files' names");
        refused.put(
                "info flat-fp16-only/repo",
                "found only diffusion_pytorch_model.fp16.safetensors (the variant fp16 has to be asked for)");
        refused.put("info flat-shard-missing/repo", "-00002-of-00002.safetensors: expected this shard, as ");
        refused.put("info flat-shard-traversal/repo", "in this folder, found '../../../outside.safetensors'");
        refused.put(
                "info flat-missing-tensor/repo", "'conv_in.weight': expected shape [4, 3, 3, 3], found no such tensor");
        refused.put("info ddpm-mnist --variant fp16", "variant: expected none, as ddpm-mnist has one file of weights");
        refused.put(
                "info singlefile-sd2/model.safetensors --variant fp16", "variant: expected a folder, which may have");
        refused.put(
                "bench --model stable-diffusion-v1-5 --component vae --variant fp16",
                "--variant: expected a folder, found stable-diffusion-v1-5, whose weights are random here");
        refused.put("train --data . --out x --variant fp16", "--variant: expected --model beside it, found none");
        return refused.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    String[] words = one.getKey().split(" ");
                    if (Files.exists(GOLDENS.resolve(words[1]))) {
                        words[1] = GOLDENS.resolve(words[1]).toString();
                    }
                    Run run = Run.of((Object[]) words);
                    assertEquals(2, run.exitCode(), run.toString());
                    assertEquals(1, run.err().size(), run.toString());
                    assertTrue(run.err().get(0).contains(one.getValue()), run.toString());
                }));
    }
}
