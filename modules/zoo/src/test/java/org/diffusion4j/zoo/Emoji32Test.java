package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;

class Emoji32Test {
    private final Emoji32 entry = new Emoji32();

    /** How much more red than blue a picture has in its middle, of 255. */
    private static double redness(BufferedImage picture) {
        double sum = 0;
        for (int y = 10; y < 22; y++) {
            for (int x = 10; x < 22; x++) {
                int pixel = picture.getRGB(x, y);
                sum += (pixel >> 16 & 0xff) - (pixel & 0xff);
            }
        }
        return sum / 144;
    }

    @Test
    void drawsTheColourThatTheWordsSay() {
        List<Double> rednesses = new ArrayList<>();
        PromptRequest request = PromptRequest.of("red heart", "blue heart", "red square", "blue square")
                .steps(10)
                .seed(1)
                .build();
        for (GeneratedImage drawn : entry.pipeline().draw(request)) {
            assertEquals(32, drawn.picture().getWidth());
            rednesses.add(redness(drawn.picture()));
        }
        assertTrue(
                rednesses.get(0) > 60 && rednesses.get(1) < -60 && rednesses.get(2) > 60 && rednesses.get(3) < -60,
                rednesses.toString());
    }

    @Test
    void itsGraphsHaveTheTrainedWeights() {
        assertEquals(
                List.of("text_encoder", "unet"), List.copyOf(entry.components().keySet()));
        SameDiff unet = entry.unet();
        assertEquals(Set.of("sample", "timestep", "encoder_hidden_states"), Set.copyOf(unet.inputs()));
        String weight = "conv_in.weight";
        try (Component<NetworkConfig> stored =
                PipelineFolder.open(entry.folder()).network("unet", NetworkConfig.class)) {
            assertEquals(
                    stored.tensors().get(weight).array(),
                    unet.getVariable(weight).getArr());
        }
    }

    @Test
    void aNameIsTheFolderOfItsFiles() {
        assertEquals(
                entry.folder(),
                ModelPlace.of(Emoji32.NAME, HubClient::ofEnvironment).path().orElseThrow());
        assertTrue(Zoo.packedNames().contains(Emoji32.NAME));
        Diffusion4jException fault = assertThrows(
                Diffusion4jException.class,
                () -> ModelPlace.of(Emoji32.NAME, WeightPreference.variant("fp16"), HubClient::ofEnvironment));
        assertEquals("variant: expected none, as emoji-32 has one file of weights, found fp16", fault.getMessage());
    }

    @Test
    void whatIsNoComputationGraphSaysWhatThereIs() {
        assertTrue(assertThrows(UnsupportedOperationException.class, entry::init)
                .getMessage()
                .contains("expected unet() or graph(component)"));
        assertTrue(
                assertThrows(UnsupportedOperationException.class, () -> entry.initPretrained(PretrainedType.IMAGENET))
                        .getMessage()
                        .contains("expected pipeline() or folder()"));
        assertTrue(entry.pretrainedUrl(PretrainedType.IMAGENET)
                .endsWith("emoji-32/unet/diffusion_pytorch_model.safetensors"));
    }
}
