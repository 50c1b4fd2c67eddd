package org.diffusion4j.examples;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.zoo.drawing.NetworkDrawing;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A U-Net of one's own options, as a SameDiff graph: {@code examples/run DefineYourOwnUNet [FILE.svg]}. */
public final class DefineYourOwnUNet {
    private DefineYourOwnUNet() {}

    /**
     * Builds the network, runs it once and draws what it looks like.
     *
     * @param arguments the drawing's file, own-unet.svg if it isn't given
     */
    public static void main(String[] arguments) {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "own-unet.svg");
        System.out.println("This takes a few seconds.");

        UNetConfig config = UNetConfig.builder()
                .sampleSize(SampleSize.square(16))
                .inChannels(3)
                .outChannels(3)
                .blockOutChannels(List.of(32, 64))
                .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.ATTENTION))
                .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP))
                .layersPerBlock(1)
                .normNumGroups(8)
                .resnetTimeScaleShift(TimeInjection.SCALE_SHIFT) // adaptive group norm
                .numClassEmbeds(5)
                .build();
        SameDiff unet = UNetGraph.of(config).seed(1).build();

        try (NoisePredictor network = new SameDiffEngine(unet)) {
            INDArray noise = network.predict(
                    Nd4j.randn(DataType.FLOAT, 2, 3, 16, 16),
                    Nd4j.createFromArray(10L, 500L),
                    Map.of("class_labels", Nd4j.createFromArray(0L, 4L)));
            System.out.printf(
                    Locale.ROOT,
                    "%,d parameters; predicted noise of shape %s%n",
                    config.parameterCount(),
                    Arrays.toString(noise.shape()));
        }
        NetworkDrawing.write(config, file);
        System.out.println("the network is drawn in " + file);
    }
}
