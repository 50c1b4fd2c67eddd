package org.diffusion4j.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpsampleType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The options of layers; {@link UNetBlockOptionsTest} has those of blocks. */
class UNetOptionsTest {
    @TestFactory
    Stream<DynamicTest> eachOptionMatchesFiniteDifferences() {
        Map<String, UnaryOperator<UNetConfigBuilder>> options = new LinkedHashMap<>();
        options.put("nothing special", b -> b);
        options.put("centered input", b -> b.centerInputSample(true));
        for (TimeEmbeddingType type : TimeEmbeddingType.values()) {
            options.put("time embedding " + type, b -> b.timeEmbeddingType(type).numTrainTimesteps(50));
        }
        options.put("time embedding's width", b -> b.timeEmbeddingDim(10).timeProjectionDim(6));
        options.put("odd positional width", b -> b.timeProjectionDim(7));
        for (TimeInjection injection : TimeInjection.values()) {
            options.put("time enters by " + injection, b -> b.resnetTimeScaleShift(injection));
        }
        for (DownsampleType type : DownsampleType.values()) {
            options.put("downsampling " + type, b -> b.downsampleType(type)
                    .downBlockTypes(List.of(DownBlockType.ATTENTION, DownBlockType.DOWN)));
        }
        options.put("downsampling padded right and bottom", b -> b.downsamplePadding(0));
        for (UpsampleType type : UpsampleType.values()) {
            options.put("upsampling " + type, b -> b.upsampleType(type));
        }
        for (NormType type : NormType.values()) {
            options.put("norm " + type, b -> b.normType(type));
        }
        for (Activation activation : Activation.values()) {
            options.put("activation " + activation, b -> b.actFn(activation));
        }
        return FiniteDifferences.tests(options);
    }
}
