package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.pipeline.prompt.PipelineExport;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.weights.singlefile.SingleFileOptions;
import org.diffusion4j.weights.singlefile.SingleFileWriter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model of several small networks as a folder and as a single file. */
class SingleFilePictureTest {
    @TempDir
    Path folder;

    private static Map<String, TensorSum> sums(PipelineParts parts) {
        Map<String, TensorSum> sums = new TreeMap<>();
        for (String part : parts.parts().keySet()) {
            if (parts.isNetwork(part)) {
                try (Component<NetworkConfig> network = parts.network(part, NetworkConfig.class)) {
                    network.tensors().forEach((name, tensor) -> sums.put(part + "/" + name, TensorSum.of(tensor)));
                }
            }
        }
        return sums;
    }

    private static byte[] picture(PipelineParts parts, Path file) throws IOException {
        PromptRequest request =
                PromptRequest.of("a cat!").negative("blurry").steps(2).seed(3).build();
        PromptPipeline.open(parts, EngineKind.AUTO, 1, Precision.FP32)
                .draw(request)
                .get(0)
                .writePng(file);
        return Files.readAllBytes(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd", "sdxl"})
    void aPictureOfASingleFileIsThatOfItsFolder(String name) throws IOException {
        Path original = ReferenceCasesTest.GOLDENS.resolve("pipeline-" + name + "-tiny");
        PipelineFolder parts = PipelineFolder.open(original);
        Path file = folder.resolve("model.safetensors");
        SingleFileWriter.write(file, parts);
        PipelineParts single = PipelineFiles.open(file, new SingleFileOptions(false, null, original));
        assertEquals(parts.className(), single.className());
        assertEquals(parts.scheduler(), single.scheduler());
        assertArrayEquals(picture(parts, folder.resolve("a.png")), picture(single, folder.resolve("b.png")));

        // And back to a folder, with all bits of every tensor.
        Path back = folder.resolve("back");
        PipelineExport.write(back, single);
        Map<String, TensorSum> sums = sums(parts);
        assertTrue(sums.size() > 300, sums.size() + " tensors");
        assertEquals(sums, sums(single));
        PipelineFolder again = PipelineFolder.open(back);
        assertEquals(sums, sums(again));
        assertArrayEquals(picture(parts, folder.resolve("a.png")), picture(again, folder.resolve("c.png")));
    }
}
