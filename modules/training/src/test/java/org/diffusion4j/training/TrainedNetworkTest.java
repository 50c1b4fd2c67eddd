package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The graph has what the optimiser did to its parameters, and what is saved has it. */
class TrainedNetworkTest {
    private static final double TOLERANCE = 1e-5;

    @TempDir
    Path folder;

    private static INDArray predict(SameDiff graph, EngineKind engine) {
        try (NoisePredictor network = engine.open(graph, 1)) {
            return network.predict(SmallTraining.SAMPLE, SmallTraining.TIMESTEP, Map.of());
        }
    }

    private static double difference(INDArray expected, INDArray found) {
        return expected.sub(found).amaxNumber().doubleValue();
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void aGraphThatIsSavedAfterTrainingGivesTheSameWhenItIsOpened(EngineKind engine) throws Exception {
        try (SmallTraining training = new SmallTraining(engine, 1)) {
            INDArray before = predict(training.graph, EngineKind.SAMEDIFF);
            double first = training.step();
            double last = first;
            for (int i = 0; i < 20; i++) {
                last = training.step();
            }
            assertTrue(last < 0.8 * first, "the loss went from " + first + " to " + last);
            INDArray expected = predict(training.graph, engine);
            assertTrue(difference(before, expected) > 0.01, "training changed nothing");

            Path file = folder.resolve("unet.fb");
            training.graph.save(file.toFile(), false);
            SameDiff loaded = SameDiff.load(file.toFile(), false);
            assertTrue(difference(expected, predict(loaded, EngineKind.SAMEDIFF)) <= TOLERANCE);
            // The file's own copy: it doesn't go on with the training.
            training.step();
            assertTrue(difference(expected, predict(loaded, EngineKind.SAMEDIFF)) <= TOLERANCE);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ONEDNN", "SAMEDIFF"})
    void aFolderThatIsWrittenAfterTrainingGivesTheSameWhenItIsRead(EngineKind engine) {
        try (SmallTraining training = new SmallTraining(engine, 1)) {
            for (int i = 0; i < 5; i++) {
                training.step();
            }
            for (INDArray vector : new INDArray[] {training.parameters.values(), training.optimiser.average()}) {
                Map<String, INDArray> weights = new LinkedHashMap<>();
                training.parameters
                        .names()
                        .forEach(name -> weights.put(
                                name, training.parameters.view(vector, name).dup('c')));
                DiffusersFolder.write(folder, DiffusersModel.of(SmallTraining.CONFIG, new DdpmConfig(), weights));
                DiffusersModel read = DiffusersFolder.read(folder);
                assertEquals(weights, read.weights());
                INDArray found = predict(
                        UNetGraph.of(read.config()).weights(read.weights()).build(), EngineKind.SAMEDIFF);
                INDArray expected = predict(training.graph, engine);
                boolean trained = vector == training.parameters.values();
                assertEquals(trained, difference(expected, found) <= TOLERANCE, "weights as trained: " + trained);
            }
        }
    }
}
