package org.diffusion4j.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;
import org.diffusion4j.weights.diffusers.UNetConfigJson;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Model folders to run commands on, and to break. */
final class TinyModels {
    static final int CLASSES = 4;
    static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

    private TinyModels() {}

    /** @return a pipeline with the classes cat, dog, owl and one that stands for none */
    static Path pipeline(Path folder) {
        UNetConfig config =
                UNetPreset.TINY.config().toBuilder().numClassEmbeds(CLASSES).build();
        ModelSettings.Sampling sampling = new ModelSettings.Sampling(null, 2, null, Map.of());
        DiffusersModel model = DiffusersModel.of(config, new DdimConfig(), weights(config))
                .withSettings(new ModelSettings(List.of("cat", "dog", "owl"), CLASSES - 1, sampling));
        DiffusersFolder.write(folder, model);
        return folder;
    }

    /** @return a pipeline that draws pictures of 8×8 pixels by text, without an autoencoder */
    static Path ofPixels(Path folder) {
        UNet2DConditionConfig unet = UNet2DConditionConfig.builder()
                .sampleSize(SampleSize.square(8))
                .inChannels(3)
                .outChannels(3)
                .blockOutChannels(List.of(8))
                .downBlockTypes(List.of(ConditionDownBlockType.CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.CROSS))
                .layersPerBlock(List.of(1))
                .attentionHeadDim(List.of(2))
                .crossAttentionDim(List.of(8))
                .normNumGroups(4)
                .build();
        ClipTextConfig text = ClipTextConfig.builder()
                .vocabSize(2 * 256 + 2)
                .eosTokenId(2 * 256 + 1)
                .hiddenSize(8)
                .intermediateSize(8)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(8)
                .build();
        new PipelineFolderWriter("StableDiffusionPipeline")
                .withoutAutoencoder()
                .network(PipelineFolder.UNET, unet, unet.graph().initialWeights(1))
                .network(PipelineFolder.TEXT_ENCODER, text, text.graph().initialWeights(2))
                .tokenizer(PipelineFolder.TOKENIZER, files -> ClipTokenizer.write(files, List.of(), 8))
                .scheduler(new DdimConfig())
                .settings(new ModelSettings(List.of(), null, new ModelSettings.Sampling(null, 2, null, Map.of())))
                .write(folder);
        return folder;
    }

    /** @return a U-Net alone, without classes */
    static Path bare(Path folder) {
        UNetConfig config = UNetPreset.TINY.config();
        DiffusersFolder.write(folder, DiffusersModel.of(config, null, weights(config)));
        return folder;
    }

    /** @return a U-Net's configuration and nothing else */
    static Path config(Path folder) throws IOException {
        UNetConfigJson.write(Files.createDirectories(folder).resolve("config.json"), UNetPreset.TINY.config());
        return folder;
    }

    private static Map<String, INDArray> weights(UNetConfig config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        config.parameterShapes()
                .forEach((name, shape) -> weights.put(name, Nd4j.valueArrayOf(shape, 0.02, DataType.FLOAT)));
        return weights;
    }

    /** Changes a text file. */
    static void replace(Path file, String old, String replacement) {
        try {
            String text = Files.readString(file);
            if (!text.contains(old)) {
                throw new IllegalArgumentException(file + ": expected " + old + " in " + text);
            }
            Files.writeString(file, text.replace(old, replacement));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes the header of a safetensors file, its data left as it is. */
    static void replaceInHeader(Path file, String pattern, String replacement) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(bytes.getLong())];
            bytes.get(header);
            String old = new String(header, StandardCharsets.UTF_8);
            String changed = old.replaceFirst(pattern, replacement);
            if (changed.equals(old)) {
                throw new IllegalArgumentException(file + ": expected " + pattern + " in its header");
            }
            byte[] newHeader = changed.getBytes(StandardCharsets.UTF_8);
            ByteBuffer written = ByteBuffer.allocate(Long.BYTES + newHeader.length + bytes.remaining())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(newHeader.length)
                    .put(newHeader)
                    .put(bytes);
            Files.write(file, written.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
