package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.TinyTraining;

/** A run in a JVM of its own, which can be killed. */
final class RunProcess {
    static final long STEPS = 30;
    static final long SAMPLE_EVERY = 5;

    private RunProcess() {}

    /** @param args the run's folder */
    public static void main(String[] args) {
        TrainingRun run = TinyRuns.run(
                TinyTraining.PICTURES,
                TinyTraining.plan(STEPS).build(),
                Path.of(args[0]),
                TinyRuns.options()
                        .checkpointEvery(3)
                        .sampleEvery(SAMPLE_EVERY)
                        .sampleImages(2)
                        .engine(EngineKind.ONEDNN)
                        .resume(true)
                        .build());
        run.run();
    }

    /** @param wrapper a command that runs the one that follows it; may be empty */
    static Process start(Path folder, Path log, List<String> wrapper) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                // Without the vector module: its kernels are many times slower before they are compiled.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                RunProcess.class.getName(),
                folder.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }
}
