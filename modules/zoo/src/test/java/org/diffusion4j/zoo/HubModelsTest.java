package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HubModelsTest {
    @Test
    void theUnetsOfPicturesHaveThePublishedNumbersOfParameters() {
        assertEquals(35_746_307, new DdpmCifar10().config().parameterCount());
        for (HubUNetModel entry :
                List.of(new DdpmCat256(), new DdpmChurch256(), new DdpmBedroom256(), new DdpmCelebAHq256())) {
            assertEquals(113_673_219, entry.config().parameterCount(), entry.modelName());
            assertEquals("apache-2.0", entry.repository().licence());
        }
    }

    @Test
    @Tag("slow")
    void aUnetWithoutClassesIsAComputationGraphOfTwoInputs() {
        ComputationGraph graph =
                DdpmCifar10.builder().inputShape(3, 8, 8).seed(1).build().init();
        assertEquals(35_746_307, graph.numParams());
        INDArray output = graph.output(Nd4j.randn(1, 3, 8, 8), Nd4j.ones(1, 1))[0];
        assertArrayEquals(new long[] {1, 3, 8, 8}, output.shape());
        assertTrue(output.maxNumber().doubleValue() > output.minNumber().doubleValue());
    }

    @Test
    void theComponentsOfPipelinesHaveThePublishedNumbersOfParameters() {
        Map<String, Long> unets = new TreeMap<>();
        Zoo.hubPipelines()
                .forEach(entry -> unets.put(
                        entry.modelName(), entry.components().get("unet").parameterCount()));
        assertEquals(859_520_964, unets.get("stable-diffusion-v1-5"));
        assertEquals(859_535_364, unets.get("stable-diffusion-inpainting"));
        assertEquals(865_910_724, unets.get("stable-diffusion-2-1"));
        assertEquals(865_910_724, unets.get("sd-turbo"));
        assertEquals(2_567_463_684L, unets.get("stable-diffusion-xl-base-1.0"));
        assertEquals(2_567_463_684L, unets.get("sdxl-turbo"));
        assertEquals(859_602_884, unets.get("lcm-dreamshaper-v7"));
        assertEquals(323_384_964, unets.get("tiny-sd"));
        assertEquals(579_384_964, unets.get("small-sd"));
        assertEquals(1.3e9, unets.get("ssd-1b"), 0.05e9); // published rounded
        assertEquals(
                List.of("text_encoder", "text_encoder_2", "unet", "vae"),
                List.copyOf(new StableDiffusionXl().components().keySet()));
    }

    @Test
    void aPipelinesGraphIsBuiltWithoutDrawingItsWeights() {
        SameDiff graph = new StableDiffusion15().unet();
        assertEquals(Set.of("sample", "timestep", "encoder_hidden_states"), Set.copyOf(graph.inputs()));
        assertThrows(UnsupportedOperationException.class, () -> new StableDiffusion15().init());
        assertThrows(IllegalArgumentException.class, () -> new StableDiffusion15().graph("text_encoder_2"));
    }

    @Test
    void entriesArePinnedByCommit() {
        assertEquals(
                "https://huggingface.co/google/ddpm-cat-256/tree/82ca0d5db4a5ec6ff0e9be8d86852490bc18a3d9",
                new DdpmCat256().pretrainedUrl(PretrainedType.IMAGENET));
        Set<String> newest = new TreeSet<>(); // of these no commit is known here
        ModelPlace.repositories().forEach((name, repository) -> {
            assertTrue(repository.revision().matches("[0-9a-f]{40}|main"), name);
            repository.sums().values().forEach(sum -> assertTrue(sum.matches("[0-9a-f]{64}"), name));
            if (repository.revision().equals("main")) {
                newest.add(name);
            }
        });
        assertEquals(Set.of("ddpm-bedroom-256", "ddpm-church-256", "small-sd", "stable-diffusion-2-1"), newest);
    }

    @Test
    void aPipelineThatCannotBeAGraphSaysWhatFetchesItsWeights() {
        UnsupportedOperationException refusal =
                assertThrows(UnsupportedOperationException.class, () -> new StableDiffusion15()
                        .initPretrained(PretrainedType.IMAGENET));
        assertTrue(refusal.getMessage().contains("expected pipeline() or folder()"), refusal.getMessage());
    }
}
