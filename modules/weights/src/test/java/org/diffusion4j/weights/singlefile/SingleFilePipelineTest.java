package org.diffusion4j.weights.singlefile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SingleFilePipelineTest {
    private static final String FIRST = "model.diffusion_model.input_blocks.0.0.weight";

    @TempDir
    Path folder;

    private PipelineParts open(SparseCheckpoint checkpoint, Prediction prediction) throws IOException {
        Path file = checkpoint.write(folder.resolve("model.safetensors"));
        return PipelineFiles.open(file, new SingleFileOptions(false, prediction, null));
    }

    private String refusal(SparseCheckpoint checkpoint) {
        String message = assertThrows(Diffusion4jException.class, () -> open(checkpoint, null))
                .getMessage();
        String start = folder.resolve("model.safetensors").toString();
        assertTrue(message.startsWith(start), message);
        return message.substring(start.length());
    }

    private static UNet2DConditionConfig unet(PipelineParts parts) {
        return parts.config("unet", UNet2DConditionConfig.class);
    }

    @ParameterizedTest
    @CsvSource({
        "SD15, StableDiffusionPipeline, PNDMScheduler, EPSILON, 64",
        "SD15_INPAINTING, StableDiffusionInpaintPipeline, DDIMScheduler, EPSILON, 64",
        "TINY_SD, StableDiffusionPipeline, PNDMScheduler, EPSILON, 64",
        "SD21, StableDiffusionPipeline, DDIMScheduler, V_PREDICTION, 96"
    })
    void theModelIsKnownByItsTensors(
            PublicModel model, String className, String scheduler, Prediction prediction, int size) throws IOException {
        PipelineParts parts = open(SparseCheckpoint.of(model), null);
        assertEquals(className, parts.className());
        assertEquals(scheduler, parts.scheduler().kind().className());
        assertEquals(scheduler, parts.parts().get("scheduler"));
        assertEquals(prediction, parts.scheduler().predictionType());
        assertEquals(model.components().get("unet").config(), unet(parts));
        assertEquals(SampleSize.square(size), unet(parts).sampleSize());
        assertEquals(List.of(), parts.notes());
        assertTrue(PipelineFiles.isOne(parts.place()));
    }

    @Test
    void tokenizersPadAsTheirEncodersWereTrained() throws IOException { // and a network of XL predicts v, if it says so
        PipelineParts xl =
                open(SparseCheckpoint.of(PublicModel.SSD_1B).with("v_pred", 0).with("ztsnr", 0), null);
        assertEquals("StableDiffusionXLPipeline", xl.className());
        assertEquals("EulerDiscreteScheduler", xl.parts().get("scheduler"));
        assertEquals(SampleSize.square(128), unet(xl).sampleSize());
        assertEquals(new TokenizerPlace.Packed("<|endoftext|>"), xl.tokenizer("tokenizer"));
        assertEquals(new TokenizerPlace.Packed("!"), xl.tokenizer("tokenizer_2"));
        assertEquals(Prediction.V_PREDICTION, xl.scheduler().predictionType());
        assertEquals(true, xl.schedulerKeys().get("rescale_betas_zero_snr"));
        assertEquals(List.of(), xl.notes());
    }

    @Test
    void whatTheNetworkPredictsIsAskedForOrSaidByTheFile() throws IOException {
        PipelineParts asked = open(SparseCheckpoint.of(PublicModel.SD21), Prediction.EPSILON);
        assertEquals(Prediction.EPSILON, asked.scheduler().predictionType());
        assertEquals("epsilon", asked.schedulerKeys().get("prediction_type"));
        assertEquals(SampleSize.square(64), unet(asked).sampleSize());
        SparseCheckpoint saying = SparseCheckpoint.of(PublicModel.SD21).saying("modelspec.prediction_type", "epsilon");
        assertEquals(Prediction.EPSILON, open(saying, null).scheduler().predictionType());
        assertEquals(
                Prediction.V_PREDICTION,
                open(saying, Prediction.V_PREDICTION).scheduler().predictionType());
    }

    @Test
    void aNetworkOfNineChannelsFillsIn() throws IOException {
        PipelineParts parts = open(SparseCheckpoint.of(PublicModel.SD21).with(FIRST, 320, 9, 3, 3), null);
        assertEquals("StableDiffusionInpaintPipeline", parts.className());
        assertEquals(9, unet(parts).inChannels());
    }

    @Test
    void whatHasNoUseIsNoted() throws IOException {
        SparseCheckpoint checkpoint = SparseCheckpoint.of(PublicModel.SD15)
                .with("embedding_manager.vector", 768)
                .with("model_ema.diffusion_modelout2weight", 4, 320, 3, 3)
                .with("cond_stage_model.transformer.text_model.embeddings.position_ids", 1, 77)
                .with("betas", 1000);
        assertEquals(
                List.of(
                        "averaged weights (EMA) of the network are in the file, too; those that were trained are taken",
                        "1 tensor has no use here, such as 'embedding_manager.vector'"),
                open(checkpoint, null).notes());
    }

    @Test
    void whatIsMissingOrOfAnotherShapeIsNamedWhenItIsOpened() {
        assertEquals(
                ", '" + FIRST + "': expected shape [320, 4, 3, 3], found F16 [32, 4, 3, 3]",
                refusal(SparseCheckpoint.of(PublicModel.SD15).with(FIRST, 32, 4, 3, 3)));
        assertEquals(
                ", 'first_stage_model.quant_conv.bias': expected shape [8], found no such tensor",
                refusal(SparseCheckpoint.of(PublicModel.SD15).without("first_stage_model.quant_conv.bias")));
        assertEquals(
                ": expected a checkpoint with vae, found text_encoder, unet",
                refusal(SparseCheckpoint.of(PublicModel.SD15).without("first_stage_model.")));
        assertEquals(
                ": expected a checkpoint with text_encoder, found unet, vae",
                refusal(SparseCheckpoint.of(PublicModel.SD21).without("cond_stage_model.")));
    }

    @Test
    void theRefinerIsRefused() {
        assertTrue(refusal(SparseCheckpoint.of(PublicModel.SDXL_REFINER))
                .startsWith(": expected a model that draws by itself, found XL's refiner"));
    }

    @Test
    void anAutoencoderAloneIsRefused() {
        Path file = TinyCheckpoint.write(
                folder, TinyCheckpoint.of(SingleFileLayout.AUTOENCODER).tensors());
        String message = assertThrows(Diffusion4jException.class, () -> PipelineFiles.open(file))
                .getMessage();
        assertEquals(file + ": expected a checkpoint that draws, found an autoencoder alone", message);
    }

    @Test
    void otherFilesAreNoCheckpoints() throws IOException {
        assertFalse(PipelineFiles.isOne(folder));
        assertFalse(PipelineFiles.isOne(Files.writeString(folder.resolve("pom.xml"), "<project/>")));
        assertFalse(PipelineFiles.isOne(folder.resolve("nothing.safetensors")));
        assertThrows(
                IllegalArgumentException.class,
                () -> PipelineFiles.open(folder, new SingleFileOptions(true, null, null)));
    }
}
