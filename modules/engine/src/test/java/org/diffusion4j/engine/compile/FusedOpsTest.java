package org.diffusion4j.engine.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.diffusion4j.engine.gradient.Differentiate;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmPool;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpsampleType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.samediff.SharedArrays;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The ops that networks are compiled to, with how many there are of each, against lists in the resources: a fusion that stops
 * firing costs speed only, which no other test sees. A list that changes for a good reason is replaced by what the failure
 * says was found.
 */
class FusedOpsTest {
    private static Map<String, NetworkConfig> networks() {
        Map<String, NetworkConfig> networks = new LinkedHashMap<>();
        for (UNetPreset preset : UNetPreset.values()) {
            networks.put(preset.name().toLowerCase(Locale.ROOT), preset.config());
        }
        // The zoo's two, as their config.json says.
        UNetConfig small = UNetPreset.SMALL.config();
        UNetConfig digits = small.toBuilder()
                .sampleSize(SampleSize.square(28))
                .attentionHeadDim(32)
                .numClassEmbeds(11)
                .build();
        networks.put("ddpm-mnist", digits);
        networks.put(
                "ddpm-cifar10",
                digits.toBuilder()
                        .sampleSize(SampleSize.square(32))
                        .inChannels(3)
                        .outChannels(3)
                        .blockOutChannels(List.of(64, 128, 192))
                        .layersPerBlock(1)
                        .normNumGroups(16)
                        .build());
        // What those leave out.
        networks.put(
                "options",
                small.toBuilder()
                        .resnetTimeScaleShift(TimeInjection.SCALE_SHIFT)
                        .upsampleType(UpsampleType.CONV_TRANSPOSE)
                        .downsamplePadding(0)
                        .actFn(Activation.RELU)
                        .dropout(0.1)
                        .build());
        networks.putAll(conditional());
        networks.putAll(guided());
        return networks;
    }

    /** Networks of guided-diffusion: one that attends in either order, and a classifier. */
    private static Map<String, NetworkConfig> guided() {
        AdmUNetConfig unet = AdmUNetConfig.builder()
                .imageSize(16)
                .modelChannels(32)
                .outChannels(6)
                .numResBlocks(1)
                .attentionResolutions(List.of(2))
                .channelMult(List.of(1.0, 2.0))
                .numClasses(4)
                .numHeadChannels(16)
                .useScaleShiftNorm(true)
                .resblockUpdown(true)
                .build();
        AdmClassifierConfig classifier = AdmClassifierConfig.builder()
                .imageSize(16)
                .modelChannels(32)
                .outChannels(5)
                .numResBlocks(1)
                .attentionResolutions(List.of(2))
                .channelMult(List.of(1.0, 2.0))
                .numHeadChannels(16)
                .useScaleShiftNorm(true)
                .resblockUpdown(true)
                .useNewAttentionOrder(true)
                .pool(AdmPool.ATTENTION)
                .build();
        return Map.of("guided", unet, "guided-classifier", classifier);
    }

    /** Networks of the shapes of Stable Diffusion 1.5 and XL. */
    private static Map<String, NetworkConfig> conditional() {
        UNet2DConditionConfig first = UNet2DConditionConfig.builder()
                .sampleSize(SampleSize.square(16))
                .blockOutChannels(List.of(32, 64, 64, 64))
                .normNumGroups(8)
                .attentionHeadDim(List.of(4))
                .crossAttentionDim(List.of(24))
                .build();
        UNet2DConditionConfig xl = UNet2DConditionConfig.builder()
                .sampleSize(SampleSize.square(16))
                .blockOutChannels(List.of(32, 64, 64))
                .normNumGroups(8)
                .downBlockTypes(List.of(
                        ConditionDownBlockType.DOWN, ConditionDownBlockType.CROSS, ConditionDownBlockType.CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.CROSS, ConditionUpBlockType.CROSS, ConditionUpBlockType.UP))
                .attentionHeadDim(List.of(2, 4, 8))
                .transformerLayersPerBlock(List.of(List.of(1), List.of(2), List.of(3)))
                .crossAttentionDim(List.of(24))
                .useLinearProjection(true)
                .additionEmbedType(AdditionEmbedType.TEXT_TIME)
                .additionTimeEmbedDim(8)
                .projectionClassEmbeddingsInputDim(64)
                .build();
        return Map.of("stable-diffusion", first, "stable-diffusion-xl", xl);
    }

    @TestFactory
    Stream<DynamicTest> networksAreCompiledToTheOpsOfTheirLists() {
        return networks().entrySet().stream()
                .map(network -> DynamicTest.dynamicTest(
                        network.getKey(), () -> assertEquals(expected(network.getKey()), found(network.getValue()))));
    }

    private static String expected(String network) {
        try (InputStream list = FusedOpsTest.class.getResourceAsStream("fused/" + network + ".txt")) {
            assertNotNull(list, "fused/" + network + ".txt");
            return new String(list.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String found(NetworkConfig config) {
        List<String> outputs =
                config.outputs().stream().map(NetworkTensor::name).toList();
        SameDiff graph = config.graph().build();
        Network inference = Network.of(graph, SharedArrays::sourceOf, outputs, 2);
        SameDiff trained = config.graph().training(true).build();
        FlatParameters parameters = new FlatParameters(trained);
        Network training = Network.of(trained, SharedArrays::sourceOf, outputs, 2);
        Differentiate.Result both = Differentiate.of(
                training.nodes(),
                training.outputs().values(),
                value -> parameters.names().contains(value.name()),
                Set.of());
        return "inference\n" + counts(inference.nodes()) + "training, forward\n" + counts(both.forward())
                + "training, backward\n" + counts(both.backward());
    }

    private static String counts(List<Node> nodes) {
        Map<String, Integer> counts = new TreeMap<>();
        nodes.forEach(node -> counts.merge(name(node.op()), 1, Integer::sum));
        StringBuilder text = new StringBuilder();
        counts.forEach((name, count) -> text.append(String.format(Locale.ROOT, "%4d %s%n", count, name)));
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private static String name(Op op) {
        String name = op.getClass().getSimpleName();
        if (op instanceof Unary unary) {
            return name + " " + unary.function().kind();
        } else if (op instanceof Binary binary) {
            return name + " " + binary.kind();
        } else if (op instanceof GroupNorm norm) {
            return name + " " + norm.grouping().activation();
        }
        return name;
    }
}
