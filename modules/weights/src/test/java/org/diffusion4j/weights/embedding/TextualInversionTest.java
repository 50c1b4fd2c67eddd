package org.diffusion4j.weights.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TextualInversionTest {
    private static final INDArray TWO = Nd4j.createFromArray(new float[][] {{1, 2, 3, 4}, {5, 6, 7, 8}});

    /** Written by torch.save. */
    private static final Path TORCH = Path.of("src/test/resources/embedding");

    @TempDir
    Path folder;

    private TextualInversion read(Map<String, INDArray> tensors, String word) {
        Path file = folder.resolve("toy-style.safetensors");
        SafetensorsWriter.writeArrays(file, tensors);
        return TextualInversion.read(file, word);
    }

    @Test
    void theWordIsTheTensorsNameOrTheFilesOrTheGivenOne() {
        assertEquals("<toy>", read(Map.of("<toy>", TWO), null).word());
        assertEquals("toy-style", read(Map.of("emb_params", TWO), null).word());
        assertEquals("mine", read(Map.of("<toy>", TWO), "mine").word());
    }

    @Test
    void anEncoderGetsTheVectorsOfItsNameOrWidth() {
        TextualInversion xl = read(Map.of("clip_l", TWO, "clip_g", Nd4j.ones(2, 6)), null);
        assertEquals(Optional.of(TWO), xl.of("text_encoder", 4));
        assertEquals(Optional.of(Nd4j.ones(2, 6)), xl.of("text_encoder_2", 6));
        TextualInversion any = read(Map.of("<toy>", TWO), null);
        assertEquals(Optional.of(TWO), any.of("text_encoder", 4));
        assertEquals(Optional.empty(), any.of("text_encoder_2", 6));
        assertThrows(Diffusion4jException.class, () -> xl.of("text_encoder", 8));
    }

    @Test
    void torchFilesOfDiffusersAndOfTheWebInterfaceAreRead() {
        TextualInversion web = TextualInversion.read(TORCH.resolve("web.pt"), null);
        assertEquals("toy", web.word());
        assertEquals(Optional.of(Nd4j.arange(8).reshape(2, 4)), web.of("text_encoder", 4));
        TextualInversion one = TextualInversion.read(TORCH.resolve("learned_embeds.bin"), null);
        assertEquals("<cat-toy>", one.word());
        assertEquals(Optional.of(Nd4j.arange(4).reshape(1, 4)), one.of("text_encoder", 4));
    }

    @Test
    void anythingElseIsRefusedByName() {
        Map<String, INDArray> weights = Map.of("conv.weight", TWO, "conv.bias", TWO);
        assertTrue(assertThrows(Diffusion4jException.class, () -> read(weights, null))
                .getMessage()
                .contains("'conv."));
        assertThrows(Diffusion4jException.class, () -> read(Map.of("a", Nd4j.ones(1, 2, 3)), null));
        assertThrows(Diffusion4jException.class, () -> read(Map.of("a", TWO.div(0)), null));
    }

    @Test
    void furtherTokensFollowTheTokenizersAndTheTableGrowsIfItMust() {
        WeightSource table = WeightSource.of(Nd4j.zeros(3, 4));
        ExtendedTable grown = new ExtendedTable(table, 2, List.of(TWO));
        assertArrayEquals(new long[] {4, 4}, grown.shape());
        assertEquals(
                Nd4j.createFromArray(new float[][] {{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 2, 3, 4}, {5, 6, 7, 8}}),
                grown.array());
        assertArrayEquals(new long[] {3, 4}, new ExtendedTable(table, 0, List.of(TWO)).shape());
    }
}
