package org.diffusion4j.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.report.TrainingReport;
import org.diffusion4j.verify.Engines;
import org.diffusion4j.verify.Verifier;
import org.diffusion4j.weights.file.Sha256;

/** The folder that a training run leaves, file by file; and reference cases. */
final class RunReaders {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path CASES = Path.of("..", "verify", "src", "test", "resources", "goldens");

    private static final Engines ENGINES = Engines.of(EngineKind.AUTO, 1);

    private static final long VERIFYING = 256L << 20;

    private RunReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        Path pictures = scratch.resolve("pictures");
        for (String name : List.of("x/1.png", "x/2.png", "y/3.png", "y/4.png")) {
            Shown.write(pictures.resolve(name), PictureReaders.picture());
        }
        Path run = scratch.resolve("run");
        train(pictures, run);
        List<FuzzedReader> all = new ArrayList<>();
        for (String file : List.of("run.json", "metrics.jsonl")) {
            Path copy = Shown.copy(run, scratch.resolve("report-" + file));
            Form form = file.endsWith("l") ? new LinesForm(new JsonForm()) : new JsonForm();
            all.add(new FuzzedReader("report-" + file, 15, List.of(Shown.bytes(run.resolve(file))), form, input -> {
                Shown.write(copy.resolve(file), input);
                TrainingReport.write(copy);
            }));
        }
        String checkpoint = "checkpoints/step-00000002/";
        all.add(resume(pictures, run, "run.json", new JsonForm()));
        all.add(resume(pictures, run, "metrics.jsonl", new LinesForm(new JsonForm())));
        all.add(resume(pictures, run, checkpoint + "checkpoint.json", new JsonForm()));
        all.add(resume(pictures, run, checkpoint + "training.safetensors", new SafetensorsForm()));
        all.add(resume(pictures, run, checkpoint + "unet/config.json", new JsonForm()));
        for (String kase : List.of(
                "ops/resnet_block--default",
                "ops/self_attention--heads4",
                "sched-ddpm-custom-timesteps",
                "sched-ddim-eta-0.5",
                "lr-schedules",
                "noise-torch")) {
            all.add(verify(scratch, kase, 10));
        }
        Path shown = Shown.copy(CASES.resolve("lr-schedules"), scratch.resolve("verify"));
        List<byte[]> seeds = List.of(Shown.bytes(shown.resolve("case.json")));
        all.add(new FuzzedReader("verify", 10, seeds, new JsonForm(), input -> {
            Shown.write(shown.resolve("case.json"), input);
            Shown.command("verify", shown);
        }));
        for (String kase : List.of("unet2d-plain", "training-min-snr-v", "pipeline-ddpm-tiny")) {
            all.add(verify(scratch, kase, 1));
        }
        return all;
    }

    private static void train(Path pictures, Path run, String... more) {
        List<Object> args =
                new ArrayList<>(List.of("train", "--data", pictures, "--out", run, "--quiet", "--steps", 2));
        args.addAll(List.of("--size", 8, "--widths", "8,8", "--layers", 1, "--batch", 2, "--sample-every", 0));
        args.addAll(List.of("--threads", 1));
        args.addAll(List.of(more));
        Shown.command(args.toArray());
    }

    private static FuzzedReader resume(Path pictures, Path run, String file, Form form) {
        Path copy = run.resolveSibling("resume");
        String name = file.substring(file.lastIndexOf('/') + 1);
        return new FuzzedReader("resume-" + name, 1, List.of(Shown.bytes(run.resolve(file))), form, input -> {
            Shown.copy(run, copy);
            Shown.write(copy.resolve(file), input);
            // A checkpoint's list is right again, so that what is behind it is reached.
            Path list = copy.resolve("checkpoints/step-00000002/checkpoint.json");
            if (file.startsWith("checkpoints") && !copy.resolve(file).equals(list)) {
                listAnew(list);
            }
            train(pictures, copy, "--resume");
        });
    }

    private static void listAnew(Path list) {
        try (Stream<Path> files = Files.walk(list.getParent())) {
            ObjectNode json = (ObjectNode) JSON.readTree(list.toFile());
            ObjectNode sums = (ObjectNode) json.get("sha256");
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = list.getParent().relativize(file).toString();
                if (sums.has(name)) {
                    sums.put(name, Sha256.of(file));
                }
            }
            JSON.writeValue(list.toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FuzzedReader verify(Path scratch, String kase, int share) {
        String name = kase.replaceFirst(".*/", "");
        Path copy = Shown.copy(CASES.resolve(kase), scratch.resolve("case-" + name));
        List<byte[]> seeds = List.of(Shown.bytes(copy.resolve("case.json")));
        return new FuzzedReader(
                "case-" + name,
                share,
                seeds,
                new JsonForm(),
                input -> {
                    Shown.write(copy.resolve("case.json"), input);
                    if (Verifier.knows(copy)) {
                        Verifier.verify(copy, ENGINES);
                    }
                },
                VERIFYING);
    }
}
