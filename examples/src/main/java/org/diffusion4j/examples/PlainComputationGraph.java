package org.diffusion4j.examples;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.zoo.DdpmMnist;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** A zoo entry as Deeplearning4j's users know them: {@code examples/run PlainComputationGraph [FILE]}. */
public final class PlainComputationGraph {
    private PlainComputationGraph() {}

    /**
     * Trains the pretrained network for a few steps with a listener, saves it and opens it again.
     *
     * @param arguments the file, graph.zip if it isn't given
     * @throws IOException if the graph can't be saved
     */
    public static void main(String[] arguments) throws IOException {
        File file = new File(arguments.length > 0 ? arguments[0] : "graph.zip");
        // ND4J prints a line to System.out for each op that it differentiates, some hundreds.
        PrintStream console = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        console.println("This takes some ten seconds.");

        ComputationGraph graph =
                DdpmMnist.builder().updater(new Adam(1e-4)).build().initPretrained(PretrainedType.MNIST);
        graph.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                console.printf(Locale.ROOT, "iteration %d: score %.4f%n", iteration, model.score());
            }
        });

        INDArray noise = Nd4j.randn(DataType.FLOAT, 4, 1, 28, 28);
        INDArray timestep = Nd4j.createFromArray(100f, 300f, 600f, 900f).reshape(4, 1);
        INDArray labels = Nd4j.createFromArray(3f, 1f, 4f, 1f).reshape(4, 1);
        MultiDataSet batch = new MultiDataSet(new INDArray[] {noise, timestep, labels}, new INDArray[] {noise.dup()});
        for (int step = 0; step < 3; step++) {
            graph.fit(batch);
        }

        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph reopened = ModelSerializer.restoreComputationGraph(file);
        INDArray difference = reopened.output(noise, timestep, labels)[0].sub(graph.output(noise, timestep, labels)[0]);
        // numParams counts only layers, not the vertex that the U-Net is in.
        long parameters = reopened.paramTable().values().stream()
                .mapToLong(INDArray::length)
                .sum();
        console.printf(
                Locale.ROOT,
                "%,d parameters saved as %s; reopened, it differs by %.1e%n",
                parameters,
                file,
                difference.amaxNumber().doubleValue());
    }
}
