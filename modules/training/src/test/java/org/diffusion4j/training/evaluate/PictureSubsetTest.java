package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.training.DrawnShapes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class PictureSubsetTest {
    @TempDir
    private Path folder;

    private PictureFolder all;
    private PictureSubset some;

    /** Columns, and the rows but one. */
    @BeforeEach
    void choose() throws IOException {
        all = DrawnShapes.folder(folder, 5, 1);
        some = PictureSubset.of(all, name -> !name.startsWith("square") && !name.equals("row/2.png"));
    }

    private List<String> names(int batchSize, long seed, long first, int batches) {
        List<String> names = new ArrayList<>();
        try (BatchStream stream = some.batches(batchSize, seed, first)) {
            for (int i = 0; i < batches; i++) {
                names.addAll(stream.next().names());
            }
        }
        return names;
    }

    @Test
    void eachEpochHasAllOnce() {
        assertEquals(9, some.size());
        List<String> names = names(4, 7, 0, 9);
        for (int epoch = 0; epoch < 4; epoch++) {
            assertEquals(9, new HashSet<>(names.subList(9 * epoch, 9 * epoch + 9)).size());
        }
        assertTrue(names.stream().noneMatch(name -> name.startsWith("square") || name.equals("row/2.png")));
        assertNotEquals(names.subList(0, 9), names.subList(9, 18));
    }

    @Test
    void aStreamGoesOnWhereAnotherWouldBe() {
        List<String> whole = names(4, 7, 0, 12);
        for (int first = 0; first < 12; first++) {
            assertEquals(whole.subList(4 * first, 48), names(4, 7, first, 12 - first));
        }
    }

    @Test
    void picturesAndLabelsStayTogether() {
        List<INDArray> columns = new ArrayList<>();
        PictureSubset.firstEpoch(all, all.size(), batch -> {
            int row = batch.names().indexOf("column/3.png");
            if (row >= 0) {
                columns.add(batch.sample().slice(row).dup());
            }
        });
        PictureBatch batch = some.batches(9, 3, 0).next();
        int row = batch.names().indexOf("column/3.png");
        assertEquals(columns.get(0), batch.sample().slice(row));
        for (int i = 0; i < 9; i++) {
            assertEquals(
                    batch.names().get(i).startsWith("column") ? 0 : 1,
                    batch.labels().getInt(i));
        }
    }

    @Test
    void aPartOfAnEpochEndsAnywhere() {
        List<String> names = new ArrayList<>();
        PictureSubset.firstEpoch(some, 5, batch -> {
            assertEquals(batch.names().size(), batch.sample().size(0));
            assertEquals(batch.names().size(), batch.labels().size(0));
            names.addAll(batch.names());
        });
        assertEquals(5, new HashSet<>(names).size());
    }
}
