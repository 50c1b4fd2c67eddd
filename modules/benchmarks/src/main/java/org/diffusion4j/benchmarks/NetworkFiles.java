package org.diffusion4j.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.OnnxWriter;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network in its peers' formats.
 *
 * @param folder where they are
 */
record NetworkFiles(Path folder) {
    /** An ONNX model. */
    Path onnx() {
        return folder.resolve("unet.onnx");
    }

    /** A TorchScript archive, its convolutions' weights with channels first or last. */
    Path torchScript(boolean channelsLast) {
        return folder.resolve(channelsLast ? "unet-nhwc.pt" : "unet-nchw.pt");
    }

    /** Writes them, with the weights that {@code UNetGraph} begins with. */
    void write(UNetConfig config) {
        SameDiff graph = UNetGraph.build(config);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : config.parameterShapes().keySet()) {
            weights.put(name, graph.getVariable(name).getArr());
        }
        OnnxWriter.write(onnx(), graph);
        TorchScriptFile.write(torchScript(false), config, weights, false);
        TorchScriptFile.write(torchScript(true), config, weights, true);
    }
}
