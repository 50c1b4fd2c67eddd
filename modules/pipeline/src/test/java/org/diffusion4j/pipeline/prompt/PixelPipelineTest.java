package org.diffusion4j.pipeline.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.cliptext.ClipTextGraph;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A tiny model of random weights that draws pictures of texts without an autoencoder. */
class PixelPipelineTest {
    private static final int LENGTH = 8;

    private static final ClipTextConfig TEXT = ClipTextConfig.builder()
            .vocabSize(2 * 256 + 2)
            .eosTokenId(2 * 256 + 1)
            .hiddenSize(8)
            .intermediateSize(8)
            .numHiddenLayers(1)
            .numAttentionHeads(2)
            .maxPositionEmbeddings(LENGTH)
            .build();

    @TempDir
    Path folder;

    private static UNet2DConditionConfig unet(int seen, int drawn) {
        return UNet2DConditionConfig.builder()
                .sampleSize(SampleSize.square(8))
                .inChannels(seen)
                .outChannels(drawn)
                .blockOutChannels(List.of(8))
                .downBlockTypes(List.of(ConditionDownBlockType.CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.CROSS))
                .layersPerBlock(List.of(1))
                .attentionHeadDim(List.of(2))
                .crossAttentionDim(List.of(8))
                .normNumGroups(4)
                .build();
    }

    private PromptPipeline open(int seen, int drawn) {
        PipelineFolderWriter writer = new PipelineFolderWriter("StableDiffusionPipeline")
                .withoutAutoencoder()
                .tokenizer(PipelineFolder.TOKENIZER, files -> ClipTokenizer.write(files, List.of(), LENGTH))
                .scheduler(SchedulerKind.DDIM.of(Map.of("beta_schedule", "linear")));
        add(writer, PipelineFolder.UNET, unet(seen, drawn));
        add(writer, PipelineFolder.TEXT_ENCODER, TEXT);
        writer.write(folder);
        return PromptPipeline.open(folder, EngineKind.AUTO, 2, Precision.FP32);
    }

    private static void add(PipelineFolderWriter writer, String part, NetworkConfig config) {
        writer.network(part, config, config.graph().initialWeights(3));
    }

    private static INDArray only(List<GeneratedImage> images) {
        assertEquals(1, images.size());
        return images.get(0).sample();
    }

    private static INDArray clamped(INDArray array) {
        return Transforms.max(Transforms.min(array, 1, true), -1, true);
    }

    private static INDArray encoded(String text) {
        int[] ids = new int[LENGTH];
        byte[] letters = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        java.util.Arrays.fill(ids, 513); // the end also fills up
        ids[0] = 512;
        for (int i = 0; i < letters.length; i++) {
            // printable characters come first, in order, and the same at a word's end 256 later
            ids[i + 1] = letters[i] - '!' + (i == letters.length - 1 ? 256 : 0);
        }
        String output = ClipTextGraph.LAST_HIDDEN_STATE;
        try (GraphEngine engine = EngineKind.SAMEDIFF.openGraph(
                ClipTextGraph.of(TEXT)
                        .length(LENGTH)
                        .sharedWeights(TEXT.graph().initialWeights(3))
                        .build(),
                List.of(output),
                1,
                Precision.FP32)) {
            INDArray row = Nd4j.createFromArray(new int[][] {ids});
            return engine.run(Map.of(ClipTextGraph.INPUT_IDS, row)).get(output);
        }
    }

    /** DDIM's steps after equation 12 of arXiv:2010.02502 with eta 0, and the guidance of arXiv:2207.12598, equation 6. */
    private static INDArray byHand(int channels, long seed, String text, int steps, double guidance) {
        double[] alphas = new double[1001];
        alphas[0] = 1;
        for (int i = 1; i <= 1000; i++) {
            alphas[i] = alphas[i - 1] * (1 - (0.0001 + (0.02 - 0.0001) * (i - 1) / 999));
        }
        INDArray with = encoded(text);
        INDArray without = encoded("");
        INDArray sample = new TorchGenerator(seed).randn(1, channels, 8, 8);
        UNet2DConditionConfig unet = unet(channels, channels);
        String output = UNet2DConditionGraph.OUTPUT;
        try (GraphEngine engine = EngineKind.SAMEDIFF.openGraph(
                UNet2DConditionGraph.of(unet)
                        .contextLength(LENGTH)
                        .sharedWeights(unet.graph().initialWeights(3))
                        .build(),
                List.of(output),
                1,
                Precision.FP32)) {
            for (int i = steps - 1; i >= 0; i--) {
                int time = i * (1000 / steps) + 1;
                List<INDArray> noise = new ArrayList<>();
                for (INDArray context : List.of(with, without)) {
                    noise.add(engine.run(Map.of(
                                    UNet2DConditionGraph.SAMPLE, sample,
                                    UNet2DConditionGraph.TIMESTEP, Nd4j.createFromArray((float) time),
                                    UNet2DConditionGraph.CONTEXT, context))
                            .get(output));
                }
                INDArray epsilon =
                        noise.get(1).add(noise.get(0).sub(noise.get(1)).mul(guidance));
                double alpha = alphas[time + 1];
                int before = time - 1000 / steps;
                double next = before < 0 ? 1 : alphas[before + 1];
                INDArray clean = sample.sub(epsilon.mul(Math.sqrt(1 - alpha))).div(Math.sqrt(alpha));
                sample = clean.mul(Math.sqrt(next)).add(epsilon.mul(Math.sqrt(1 - next)));
            }
        }
        return clamped(sample)
                .get(org.nd4j.linalg.indexing.NDArrayIndex.point(0))
                .dup('c');
    }

    @Test
    void picturesAreThoseOfALoopByHand() {
        for (int channels : new int[] {3, 1}) {
            PromptPipeline pipeline = open(channels, channels);
            assertEquals(new SampleSize(8, 8), pipeline.usualSize());
            GeneratedImage drawn = pipeline.draw(PromptRequest.of("cat")
                            .steps(4)
                            .guidanceScale(3.0)
                            .seed(7)
                            .build())
                    .get(0);
            INDArray expected = byHand(channels, 7, "cat", 4, 3);
            double difference =
                    Transforms.abs(drawn.sample().sub(expected)).maxNumber().doubleValue();
            assertTrue(difference < 1e-4, channels + ": " + difference);
            assertEquals(channels, drawn.picture().getRaster().getNumBands());
        }
    }

    @Test
    void whatIsKeptOfAPictureIsThePictureItself() {
        PromptPipeline pipeline = open(3, 3);
        INDArray picture = Nd4j.rand(DataType.FLOAT, 1, 3, 8, 8);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 1, 1, 8, 8);
        mask.putScalar(new int[] {0, 0, 2, 5}, 1);
        INDArray drawn = only(pipeline.draw(PromptRequest.of("cat")
                .source(new PictureSource(picture, mask, 1.0))
                .steps(3)
                .build()));
        INDArray expected = picture.mul(2).subi(1);
        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 8; x++) {
                double difference = Math.abs(drawn.getDouble(1, y, x) - expected.getDouble(0, 1, y, x));
                assertEquals(y == 2 && x == 5, difference > 1e-6, y + ", " + x + ": " + difference);
            }
        }
    }

    @Test
    void noiseIsAddedToThePictureItself() {
        PromptPipeline pipeline = open(1, 1);
        INDArray picture = Nd4j.rand(DataType.FLOAT, 1, 1, 8, 8);
        List<INDArray> seen = new ArrayList<>();
        PromptPlan plan = pipeline.plan(
                PromptRequest.of("cat").initImage(picture, 0.5).steps(4).seed(2).build());
        pipeline.draw(plan, new PromptListener() {
            @Override
            public void started(INDArray latents) {
                seen.add(latents.dup('c'));
            }
        });
        INDArray noise = new TorchGenerator(2).randn(1, 1, 8, 8);
        INDArray expected = plan.sampler().addNoise(picture.mul(2).subi(1), noise, plan.firstStep());
        assertArrayEquals(expected.data().asFloat(), seen.get(0).data().asFloat(), 1e-6f);
    }

    @Test
    void aNetworkMayBeMadeToFillPicturesIn() {
        PromptPipeline pipeline = open(7, 3);
        PromptRequest.Builder request = PromptRequest.of("cat").steps(2);
        assertThrows(Diffusion4jException.class, () -> pipeline.draw(request.build()));
        INDArray picture = Nd4j.rand(DataType.FLOAT, 1, 3, 8, 8);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 1, 1, 8, 8);
        INDArray drawn = only(pipeline.draw(
                request.source(new PictureSource(picture, mask, null)).build()));
        assertArrayEquals(new long[] {3, 8, 8}, drawn.shape());
    }

    @Test
    void previewsAreTheSamples() {
        for (int channels : new int[] {3, 1}) {
            INDArray samples = Nd4j.randn(DataType.FLOAT, 2, channels, 8, 8);
            INDArray preview = open(channels, channels).linearPreview().pictures(samples);
            assertArrayEquals(
                    samples.dup('c').data().asFloat(), preview.dup('c').data().asFloat(), 1e-6f);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedInOneLine() {
        assertEquals(
                folder.resolve("unet/config.json")
                        + ", out_channels: expected 1 or 3, since without an autoencoder it draws pictures, found 4",
                assertThrows(Diffusion4jException.class, () -> open(4, 4)).getMessage());
        assertEquals(
                folder.resolve("unet/config.json")
                        + ", in_channels: expected 3 as a picture has them, or 7 with a mask, found 6",
                assertThrows(Diffusion4jException.class, () -> open(6, 3)).getMessage());
        PromptPipeline grey = open(1, 1);
        PromptRequest colour = PromptRequest.of("cat")
                .initImage(Nd4j.zeros(DataType.FLOAT, 1, 3, 8, 8), null)
                .build();
        assertEquals(
                "init image: expected a grey one, as the model draws them, found 3 channels",
                assertThrows(Diffusion4jException.class, () -> grey.plan(colour))
                        .getMessage());
    }

    @Test
    void anExportHasNoAutoencoderEither() {
        PromptPipeline pipeline = open(3, 3);
        Path copy = folder.resolve("copy");
        PipelineExport.write(copy, pipeline.parts());
        assertFalse(Files.exists(copy.resolve("vae")));
        PromptRequest request = PromptRequest.of("cat").steps(2).build();
        assertEquals(
                only(pipeline.draw(request)), only(PromptPipeline.open(copy).draw(request)));
    }
}
