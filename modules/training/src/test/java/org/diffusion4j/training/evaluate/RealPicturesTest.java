package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.DrawnShapes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealPicturesTest {
    @TempDir
    private Path folder;

    private static Set<String> names(PictureSource pictures) {
        Set<String> names = new HashSet<>();
        PictureSubset.firstEpoch(pictures, pictures.size(), batch -> names.addAll(batch.names()));
        return names;
    }

    private static Map<Long, Integer> perClass(PictureSource pictures) {
        Map<Long, Integer> counts = new TreeMap<>();
        PictureSubset.firstEpoch(pictures, pictures.size(), batch -> {
            for (long label : batch.labels().toLongVector()) {
                counts.merge(label, 1, Integer::sum);
            }
        });
        return counts;
    }

    @Test
    void halvesHaveEachClassInEqualNumbersAndNothingInCommon() throws IOException {
        RealPictures real = RealPictures.halves(DrawnShapes.folder(folder, 41, 1));
        assertEquals(Map.of(0L, 21, 1L, 21, 2L, 21), perClass(real.training()));
        assertEquals(Map.of(0L, 20, 1L, 20, 2L, 20), perClass(real.heldOut()));
        Set<String> all = names(real.training());
        all.addAll(names(real.heldOut()));
        assertEquals(3 * 41, all.size());
    }

    @Test
    void halvesAreTheSameEachTime() throws IOException {
        PictureFolder pictures = DrawnShapes.folder(folder, 10, 1);
        assertEquals(
                names(RealPictures.halves(pictures).heldOut()),
                names(RealPictures.halves(DrawnShapes.folder(folder, 10, 2)).heldOut()));
    }

    @Test
    void picturesWithoutClassesAreRefused() throws IOException {
        DrawnShapes.folder(folder, 2, 1);
        PictureFolder pictures = PictureFolder.open(
                folder,
                PictureOptions.builder(8, 8)
                        .classes(PictureOptions.Classes.NONE)
                        .build());
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> RealPictures.halves(pictures));
        assertEquals(
                "evaluate: expected pictures of two classes or more, as its classifier learns them, found pictures"
                        + " without classes",
                e.getMessage());
    }

    @Test
    void partsOfDifferentShapeOrClassesAreRefused() throws IOException {
        PictureFolder grey = DrawnShapes.folder(folder, 2, 1);
        PictureFolder colour =
                PictureFolder.open(folder, PictureOptions.builder(8, 8).build());
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> new RealPictures(grey, colour));
        assertTrue(e.getMessage().contains("1x8x8, found 3x8x8"), e.getMessage());
    }
}
