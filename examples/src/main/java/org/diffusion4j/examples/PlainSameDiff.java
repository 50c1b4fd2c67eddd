package org.diffusion4j.examples;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.zoo.DdpmMnist;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** A zoo entry's graph with nothing but SameDiff: {@code examples/run PlainSameDiff [FILE]}. */
public final class PlainSameDiff {
    private PlainSameDiff() {}

    /**
     * Runs the graph, trains it for a few steps, saves it and opens it again.
     *
     * @param arguments the file, unet.fb if it isn't given
     * @throws IOException if the graph can't be saved
     */
    public static void main(String[] arguments) throws IOException {
        File file = new File(arguments.length > 0 ? arguments[0] : "unet.fb");
        // ND4J prints a line to System.out for each op that it differentiates, some hundreds.
        PrintStream console = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        console.println("This takes some ten seconds.");

        SameDiff unet = new DdpmMnist().unet();

        INDArray sample = Nd4j.randn(DataType.FLOAT, 4, 1, 28, 28);
        INDArray timestep = Nd4j.createFromArray(100f, 300f, 600f, 900f);
        INDArray labels = Nd4j.createFromArray(3L, 1L, 4L, 1L);
        Map<String, INDArray> inputs = Map.of("sample", sample, "timestep", timestep, "class_labels", labels);
        INDArray noise = unet.output(inputs, "out_sample").get("out_sample");
        console.printf(
                Locale.ROOT,
                "predicted noise: standard deviation %.3f%n",
                noise.stdNumber().doubleValue());

        SDVariable target = unet.placeHolder("target", DataType.FLOAT, -1, 1, 28, 28);
        SDVariable loss = unet.loss().meanSquaredError("loss", target, unet.getVariable("out_sample"), null);
        unet.setLossVariables(loss);
        unet.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("sample", "timestep", "class_labels")
                .dataSetLabelMapping("target")
                .build());
        MultiDataSet batch = new MultiDataSet(new INDArray[] {sample, timestep, labels}, new INDArray[] {sample.dup()});
        Map<String, INDArray> withTarget = new HashMap<>(inputs);
        withTarget.put("target", sample);
        for (int step = 0; step < 3; step++) {
            double value = unet.output(withTarget, "loss").get("loss").getDouble(0);
            console.printf(Locale.ROOT, "step %d: loss %.4f%n", step, value);
            unet.fit(batch);
        }

        unet.save(file, false);
        SameDiff reopened = SameDiff.load(file, false);
        INDArray again = reopened.output(inputs, "out_sample").get("out_sample");
        INDArray trained = unet.output(inputs, "out_sample").get("out_sample");
        console.printf(
                Locale.ROOT,
                "saved as %s; reopened, it differs by %.1e%n",
                file,
                again.sub(trained).amaxNumber().doubleValue());
    }
}
