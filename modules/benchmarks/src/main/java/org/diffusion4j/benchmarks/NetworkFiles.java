package org.diffusion4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.onnx.OnnxWriter;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network in its peers' formats.
 *
 * @param folder where they are
 */
record NetworkFiles(Path folder) {
    private static final String PEAK = "peak";

    /** An ONNX model. */
    Path onnx() {
        return folder.resolve("unet.onnx");
    }

    /** A TorchScript archive, its convolutions' weights with channels first or last. */
    Path torchScript(boolean channelsLast) {
        return folder.resolve(channelsLast ? "unet-nhwc.pt" : "unet-nchw.pt");
    }

    /** A folder in diffusers' layout. */
    Path diffusers() {
        return folder.resolve("unet");
    }

    /** Leaves, for the process that started this one, the most memory that this one took; MiB. */
    void writePeak(OptionalLong peak) throws IOException {
        Files.writeString(folder.resolve(PEAK), peak.isPresent() ? Long.toString(peak.getAsLong()) : "");
    }

    /** What the process that measured last has left. */
    OptionalLong readPeak() throws IOException {
        String peak = Files.readString(folder.resolve(PEAK));
        return peak.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(peak));
    }

    /** Writes those that some peers need, with the weights that {@code UNetGraph} begins with. */
    void write(UNetConfig config, Collection<PeerKind> peers) {
        SameDiff graph = UNetGraph.build(config);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : config.parameterShapes().keySet()) {
            weights.put(name, graph.getVariable(name).getArr());
        }
        for (PeerKind peer : peers) {
            switch (peer) {
                case ONEDNN, SAMEDIFF -> writeDiffusers(config, weights);
                case ONNX_RUNTIME -> OnnxWriter.write(onnx(), graph);
                case LIBTORCH_NCHW -> TorchScriptFile.write(torchScript(false), config, weights, false);
                case LIBTORCH_NHWC -> TorchScriptFile.write(torchScript(true), config, weights, true);
            }
        }
    }

    private void writeDiffusers(UNetConfig config, Map<String, INDArray> weights) {
        if (!Files.exists(diffusers())) {
            DiffusersFolder.write(diffusers(), DiffusersModel.of(config, null, weights));
        }
    }
}
