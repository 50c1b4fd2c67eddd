package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.distill.Consistency;
import org.diffusion4j.training.distill.Halving;
import org.diffusion4j.training.distill.TinyDistillation;
import org.diffusion4j.training.prompt.TinyPrompts;

/** A run in a JVM of its own, which can be killed. */
final class RunProcess {
    static final long STEPS = 30;
    static final long SAMPLE_EVERY = 5;

    private RunProcess() {}

    /** What is trained. */
    enum Kind {
        CLASSES("unet/diffusion_pytorch_model.safetensors"),
        TEXTS("text_encoder/model.safetensors"),
        ADAPTER("pytorch_lora_weights.safetensors"),
        /** A class model's student, whose teacher changes on the way. */
        PROGRESSIVE("unet/diffusion_pytorch_model.safetensors"),
        CONSISTENCY("unet/diffusion_pytorch_model.safetensors"),
        CONSISTENT_ADAPTER("pytorch_lora_weights.safetensors");

        /** A file of the result. */
        private final String result;

        Kind(String result) {
            this.result = result;
        }

        String result() {
            return result;
        }

        private TrainingRun run(Path folder, RunOptions options) {
            Path base = folder.resolveSibling("base-" + this);
            return switch (this) {
                case CLASSES ->
                    TinyRuns.run(TinyTraining.PICTURES, TinyTraining.plan(STEPS).build(), folder, options);
                case TEXTS -> new TrainingRun(TinyPrompts.task(base, false, STEPS), folder, options);
                case ADAPTER -> new TrainingRun(TinyPrompts.task(base, true, STEPS), folder, options);
                case PROGRESSIVE ->
                    new TrainingRun(TinyDistillation.task(new Halving(8, 2, STEPS), STEPS, 2), folder, options);
                case CONSISTENCY ->
                    new TrainingRun(TinyDistillation.task(new Consistency(50, 2), STEPS, 2), folder, options);
                case CONSISTENT_ADAPTER -> new TrainingRun(TinyPrompts.distilled(base, STEPS), folder, options);
            };
        }
    }

    /** @param args the run's folder and kind */
    public static void main(String[] args) {
        RunOptions options = TinyRuns.options()
                .checkpointEvery(3)
                .sampleEvery(SAMPLE_EVERY)
                .sampleImages(2)
                .engine(EngineKind.ONEDNN)
                .resume(true)
                .build();
        Kind.valueOf(args[1]).run(Path.of(args[0]), options).run();
    }

    /** @param wrapper a command that runs the one that follows it; may be empty */
    static Process start(Kind kind, Path folder, Path log, List<String> wrapper) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                // Without the vector module: its kernels are many times slower before they are compiled.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                RunProcess.class.getName(),
                folder.toString(),
                kind.name()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }
}
