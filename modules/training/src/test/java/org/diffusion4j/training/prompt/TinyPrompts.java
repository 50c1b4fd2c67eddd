package org.diffusion4j.training.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.diffusion4j.data.ComputedSamples;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.unet2dcondition.ConditionShape;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.DecoderBlockType;
import org.diffusion4j.graph.vae.EncoderBlockType;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.Consistency;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.RunOptionsBuilder;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.Sha256;

/** Models of a few thousand random weights that draw what texts say, and pictures for them. */
public final class TinyPrompts {
    static final int SIDE = 8;
    static final List<String> COLOURS = List.of("dark", "light");

    private static final int LENGTH = 10;
    private static final int TEXT_WIDTH = 32;

    private TinyPrompts() {}

    /** Grey squares: even ones are dark and odd ones are light, and each is a little different. */
    static PictureSource pictures(int count, int channels, int side) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("picture " + i);
        }
        return new ComputedSamples(
                channels, side, side, names, List.of(), List.of(), 1, Map.of(), (index, variant, values, offset) -> {
                    for (int k = 0; k < channels * side * side; k++) {
                        values[offset + k] = (index % 2 == 0 ? -0.8f : 0.8f) + 0.02f * ((index * 7 + k) % 5);
                    }
                });
    }

    static Captions captions(int count) {
        Map<String, String> byName = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            byName.put("picture " + i, COLOURS.get(i % 2));
        }
        return new Captions(byName, null);
    }

    static ClipTextConfig text() {
        return ClipTextConfig.builder()
                .vocabSize(2 * 256 + 2)
                .eosTokenId(2 * 256 + 1)
                .hiddenSize(TEXT_WIDTH)
                .intermediateSize(TEXT_WIDTH)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(LENGTH)
                .build();
    }

    /** A model of 8x8 pixels, with an autoencoder that halves them or without. */
    static PipelineParts model(Path folder, boolean latents) {
        int side = latents ? SIDE / 2 : SIDE;
        PipelineFolderWriter writer = new PipelineFolderWriter("StableDiffusionPipeline")
                .tokenizer(PipelineFolder.TOKENIZER, files -> ClipTokenizer.write(files, List.of(), LENGTH))
                .scheduler(SchedulerKind.DDIM.of(Map.of("beta_schedule", "linear")));
        if (latents) {
            add(
                    writer,
                    PipelineFolder.VAE,
                    AutoencoderKLConfig.builder()
                            .blockOutChannels(List.of(8, 8))
                            .downBlockTypes(List.of(EncoderBlockType.DOWN, EncoderBlockType.DOWN))
                            .upBlockTypes(List.of(DecoderBlockType.UP, DecoderBlockType.UP))
                            .layersPerBlock(1)
                            .latentChannels(1)
                            .normNumGroups(4)
                            .sampleSize(SampleSize.square(SIDE))
                            .build());
        } else {
            writer.withoutAutoencoder();
        }
        add(
                writer,
                PipelineFolder.UNET,
                ConditionShape.config(
                        new UNetShape(List.of(8, 16), List.of(side), 1, 8), SampleSize.square(side), 1, TEXT_WIDTH));
        add(writer, PipelineFolder.TEXT_ENCODER, text());
        writer.write(folder);
        return PipelineFolder.open(folder);
    }

    private static void add(PipelineFolderWriter writer, String part, NetworkConfig config) {
        writer.network(part, config, config.graph().initialWeights(3));
    }

    /** The sum of each file below a folder. */
    static Map<String, String> sums(Path folder) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sums.put(folder.relativize(file).toString(), Sha256.of(file));
            }
        }
        return sums;
    }

    static TrainingPlan.Builder plan(long steps) {
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .learningRate(new LearningRate(2e-3, 5, new LearningRate.Constant()))
                .ema(null)
                .seed(7);
    }

    static RunOptionsBuilder options() {
        return RunOptions.builder().sampleEvery(0).sampleImages(2).threads(2).engine(EngineKind.ONEDNN);
    }

    /**
     * A task of either kind: all of a model of pixels, or an adapter beside a model of latents.
     *
     * @param base the model's folder, which is written if it isn't there
     */
    public static PromptTask task(Path base, boolean adapter, long steps) {
        PipelineParts parts =
                Files.exists(base.resolve("model_index.json")) ? PipelineFolder.open(base) : model(base, adapter);
        List<String> layers = List.of("to_q", "to_k", "to_v", "to_out.0", "conv1", "conv2");
        return new PromptTask(
                parts,
                pictures(6, adapter ? 3 : 1, SIDE),
                adapter,
                captions(6),
                plan(steps).build(),
                adapter ? new Learning.Adapter(8, 8, layers, false) : new Learning.Networks(true),
                List.of());
    }

    /** The same task with a teacher, which is the model as it is. */
    static PromptTaskBuilder distilled(PromptTask task) {
        return PromptTaskBuilder.builder(task)
                .plan(plan(4).labelDropout(0).build())
                .learning(task.learning() instanceof Learning.Adapter ? task.learning() : new Learning.Networks(false))
                .distillation(new PromptDistillation(new Consistency(50, 2), 3));
    }

    /**
     * Such a task, of an adapter that learns to draw in few steps.
     *
     * @param base the model's folder, which is written if it isn't there
     */
    public static PromptTask distilled(Path base, long steps) {
        return distilled(task(base, true, steps))
                .plan(plan(steps).labelDropout(0).build())
                .build();
    }
}
