package org.diffusion4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;

/** Runs in a JVM of its own, whose heap is all there from the beginning: what grows is native. */
final class ManySteps {
    private ManySteps() {}

    /**
     * Prints the resident memory, in kB, after that many steps of training, each with a forward pass.
     *
     * @param arguments an engine, and numbers of steps in order
     * @throws IOException if the system doesn't tell
     */
    public static void main(String[] arguments) throws IOException {
        EngineKind engine = EngineKind.of(arguments[0]);
        try (SmallTraining training = new SmallTraining(engine, 2);
                NoisePredictor network = engine.open(UNetGraph.build(SmallTraining.CONFIG), 2)) {
            int done = 0;
            for (int i = 1; i < arguments.length; i++) {
                for (; done < Integer.parseInt(arguments[i]); done++) {
                    training.step();
                    network.predict(SmallTraining.SAMPLE, SmallTraining.TIMESTEP, Map.of())
                            .close();
                }
                System.gc();
                System.out.println("resident " + resident());
            }
        }
    }

    private static String resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
    }
}
