package org.diffusion4j.spark.sampling;

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
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A model with the classes cat, dog, owl and one that stands for none. */
final class TinyModel {
    private static final int CLASSES = 4;

    private TinyModel() {}

    static String write(Path folder) {
        UNetConfig config =
                UNetPreset.TINY.config().toBuilder().numClassEmbeds(CLASSES).build();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Nd4j.getRandom().setSeed(1);
        config.parameterShapes()
                .forEach((name, shape) ->
                        weights.put(name, Nd4j.randn(DataType.FLOAT, shape).mul(0.1)));
        ModelSettings.Sampling sampling = new ModelSettings.Sampling(null, 2, null, Map.of());
        DiffusersFolder.write(
                folder,
                DiffusersModel.of(config, new DdimConfig(), weights)
                        .withSettings(new ModelSettings(List.of("cat", "dog", "owl"), CLASSES - 1, sampling)));
        return folder.toString();
    }
}
