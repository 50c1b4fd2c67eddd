package plain;

import java.io.File;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Runs in a JVM that has ND4J and nothing of this project: opens a graph, runs it, trains it. */
public final class PlainNd4j {
    private PlainNd4j() {}

    /**
     * Prints the largest difference to the expected output, and the loss before and after training.
     *
     * @param arguments the graph's file, and the expected output's
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        try {
            Class.forName("org.diffusion4j.graph.UNetGraph");
            throw new AssertionError("this project's classes are on the class path");
        } catch (ClassNotFoundException expected) {
            // As it should be.
        }
        SameDiff sd = SameDiff.load(new File(arguments[0]), true);
        INDArray sample = Nd4j.linspace(-1, 1, 2 * 28 * 28)
                .castTo(sd.getVariable("sample").dataType());
        INDArray timestep = Nd4j.createFromArray(20f, 700f);
        INDArray labels = Nd4j.createFromArray(4L, 10L);
        sample = sample.reshape(2, 1, 28, 28);
        Map<String, INDArray> inputs = Map.of("sample", sample, "timestep", timestep, "class_labels", labels);
        INDArray output = sd.output(inputs, "out_sample").get("out_sample");
        INDArray expected = Nd4j.readBinary(new File(arguments[1]));
        System.out.println("difference " + output.sub(expected).amaxNumber().doubleValue());

        SDVariable target = sd.placeHolder("target", sample.dataType(), -1, 1, 28, 28);
        SDVariable loss = sd.loss().meanSquaredError("loss", target, sd.getVariable("out_sample"), null);
        sd.setLossVariables(loss);
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("sample", "timestep", "class_labels")
                .dataSetLabelMapping("target")
                .build());
        MultiDataSet batch =
                new MultiDataSet(new INDArray[] {sample, timestep, labels}, new INDArray[] {Nd4j.zeros(2, 1, 28, 28)});
        Map<String, INDArray> all = Map.of(
                "sample", sample, "timestep", timestep, "class_labels", labels, "target", Nd4j.zeros(2, 1, 28, 28));
        System.out.println("before " + sd.output(all, "loss").get("loss").getDouble(0));
        for (int i = 0; i < 4; i++) {
            sd.fit(batch);
        }
        System.out.println("after " + sd.output(all, "loss").get("loss").getDouble(0));
    }
}
