package org.diffusion4j.server;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Models that draw nothing to be seen, but at once. */
final class TinyModels {
    /** One of texts, 64 pixels wide. */
    static final Path TEXT = Path.of("../verify/src/test/resources/goldens/pipeline-sd-tiny");

    /** One of texts with a ControlNet. */
    static final Path CONTROLLED = Path.of("../verify/src/test/resources/goldens/pipeline-controlnet-tiny");

    private static final int CLASSES = 4;

    private TinyModels() {}

    /** One with the classes cat, dog, owl and one that stands for none. */
    static Path classes(Path folder) {
        UNetConfig config =
                UNetPreset.TINY.config().toBuilder().numClassEmbeds(CLASSES).build();
        ModelSettings.Sampling sampling = new ModelSettings.Sampling(null, 2, null, Map.of());
        DiffusersFolder.write(
                folder,
                DiffusersModel.of(config, new DdimConfig(), weights(config))
                        .withSettings(new ModelSettings(List.of("cat", "dog", "owl"), CLASSES - 1, sampling)));
        return folder;
    }

    /** One without classes. */
    static Path unconditional(Path folder) {
        UNetConfig config = UNetPreset.TINY.config();
        DiffusersFolder.write(folder, DiffusersModel.of(config, new DdimConfig(), weights(config)));
        return folder;
    }

    /** An adapter of {@link #TEXT}, of whose layer it changes a lot. */
    static Path lora(Path file, int width) {
        String layer = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_v.";
        SafetensorsWriter.writeArrays(
                file,
                Map.of(layer + "lora_A.weight", Nd4j.ones(1, width), layer + "lora_B.weight", Nd4j.ones(width, 1)));
        return file;
    }

    private static Map<String, INDArray> weights(UNetConfig config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Nd4j.getRandom().setSeed(1);
        config.parameterShapes()
                .forEach((name, shape) ->
                        weights.put(name, Nd4j.randn(DataType.FLOAT, shape).mul(0.1)));
        return weights;
    }
}
