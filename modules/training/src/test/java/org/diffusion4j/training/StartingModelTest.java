package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.Test;

class StartingModelTest {
    private static final DrawnPictures PICTURES = TinyTraining.PICTURES.withClasses(2);
    private static final DiffusersModel BASE = TinyTraining.model(PICTURES);

    /** The names of what isn't as in the base, as the model says and as it is. */
    private static Set<String> changed(DrawnPictures pictures) {
        StartingModel start = StartingModel.fineTune(BASE, pictures, 5);
        Set<String> said = start.changed().stream()
                .filter(line -> line.contains("made anew"))
                .map(line -> line.substring(0, line.indexOf(':')))
                .collect(Collectors.toSet());
        Set<String> made = start.model().weights().entrySet().stream()
                .filter(weight -> !weight.getValue().equals(BASE.weights().get(weight.getKey())))
                .map(java.util.Map.Entry::getKey)
                .collect(Collectors.toSet());
        assertEquals(said, made);
        return said;
    }

    @Test
    void anotherSizeChangesNoWeight() {
        DrawnPictures larger = DrawnPictures.of(6, 16).withClasses(2);
        assertEquals(Set.of(), changed(larger));
        assertEquals(
                SampleSize.square(16),
                StartingModel.fineTune(BASE, larger, 5).model().config().sampleSize());
    }

    @Test
    void anotherNumberOfChannelsMakesTheFirstAndTheLastLayerAnew() {
        DrawnPictures colour = new DrawnPictures(6, 3, 8, 2, -1);
        assertEquals(Set.of("conv_in.weight", "conv_out.weight", "conv_out.bias"), changed(colour));
    }

    @Test
    void anotherNumberOfClassesMakesTheirTableAnew() {
        assertEquals(Set.of("class_embedding.weight"), changed(TinyTraining.PICTURES.withClasses(3)));
        StartingModel start = StartingModel.fineTune(BASE, TinyTraining.PICTURES.withClasses(3), 5);
        assertEquals(4, start.model().config().numClassEmbeds());
        assertEquals(3, start.model().settings().nullClass());
    }

    @Test
    void withoutClassesTheirTableIsLeftOutAndItIsSaid() {
        StartingModel start = StartingModel.fineTune(BASE, TinyTraining.PICTURES, 5);
        assertEquals(List.of("class_embedding.weight: left out, as the pictures have no classes"), start.changed());
        assertTrue(start.model().weights().keySet().stream().noneMatch(name -> name.startsWith("class_embedding")));
    }

    @Test
    void theSeedDecidesOnNewWeights() {
        DiffusersModel one = TinyTraining.model(PICTURES);
        assertEquals(BASE.weights(), one.weights());
        StartingModel other = StartingModel.scratch(TinyTraining.config(PICTURES), one.scheduler(), PICTURES, 4);
        assertNotEquals(BASE.weights(), other.model().weights());
    }

    @Test
    void aSizeThatTheNetworkCanNotHaveIsRefused() {
        Diffusion4jException e = assertThrows(
                Diffusion4jException.class,
                () -> StartingModel.fineTune(BASE, DrawnPictures.of(6, 9).withClasses(2), 5));
        assertTrue(e.getMessage().startsWith("network: "), e.getMessage());
    }
}
