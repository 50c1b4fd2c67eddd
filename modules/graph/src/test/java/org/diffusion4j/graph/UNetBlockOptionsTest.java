package org.diffusion4j.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.diffusion4j.graph.option.ClassEmbedType;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The options of which blocks there are, and of what they see; {@link UNetOptionsTest} has those of layers. */
class UNetBlockOptionsTest {
    @TestFactory
    Stream<DynamicTest> eachOptionMatchesFiniteDifferences() {
        Map<String, UnaryOperator<UNetConfigBuilder>> options = new LinkedHashMap<>();
        options.put(
                "resnet resampling blocks", b -> b.downBlockTypes(List.of(DownBlockType.RESNET, DownBlockType.RESNET))
                        .upBlockTypes(List.of(UpBlockType.RESNET, UpBlockType.RESNET)));
        options.put("one head", b -> b.attentionHeadDim(null));
        options.put("head width that doesn't divide", b -> b.attentionHeadDim(5));
        options.put("heads by number", b -> b.numAttentionHeads(2));
        options.put("groups of the bottleneck's attention", b -> b.attnNormNumGroups(2));
        options.put("no attention in the bottleneck", b -> b.addAttention(false));
        options.put("no bottleneck", b -> b.midBlockType(null));
        options.put("bottleneck scaled", b -> b.midBlockScaleFactor(1.5));
        options.put("cross-attention", b -> b.crossAttentionDim(5));
        options.put("classes in a table", b -> b.numClassEmbeds(5));
        options.put("classes as timesteps", b -> b.classEmbedType(ClassEmbedType.TIMESTEP));
        options.put("classes as embeddings", b -> b.classEmbedType(ClassEmbedType.IDENTITY));
        options.put("no residuals", b -> b.resnetResidual(false));
        options.put("no skip connections", b -> b.skipConnections(false));
        options.put("1x1 output layer", b -> b.convOutKernel(1));
        return FiniteDifferences.tests(options);
    }
}
