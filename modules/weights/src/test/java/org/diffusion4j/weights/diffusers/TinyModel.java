package org.diffusion4j.weights.diffusers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The smallest U-Net that has everything: two levels, attention, classes. */
public final class TinyModel {
    public static final UNetConfig CONFIG = UNetConfig.builder()
            .sampleSize(SampleSize.square(8))
            .inChannels(1)
            .outChannels(1)
            .blockOutChannels(List.of(4, 8))
            .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.ATTENTION))
            .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP))
            .layersPerBlock(1)
            .normNumGroups(2)
            .numClassEmbeds(11)
            .build();

    public static final ModelSettings SETTINGS = new ModelSettings(
            List.of("zero", "one"),
            10,
            new ModelSettings.Sampling(
                    SchedulerKind.DDIM,
                    20,
                    2.0,
                    Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true)));

    private TinyModel() {}

    public static Map<String, INDArray> weights(long seed) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Nd4j.getRandom().setSeed(seed);
        CONFIG.parameterShapes().forEach((name, shape) -> weights.put(name, Nd4j.randn(DataType.FLOAT, shape)));
        return weights;
    }

    public static DiffusersModel model() {
        return DiffusersModel.of(CONFIG, new DdpmConfig(), weights(1)).withSettings(SETTINGS);
    }
}
