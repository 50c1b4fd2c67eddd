package org.diffusion4j.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.spark.Job;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** In which batches a task draws, and what it says if it can't. */
class TaskPicturesTest {
    /** Draws black pictures, except for one. */
    private static final class Black implements Drawing {
        private final List<String> batches = new ArrayList<>();
        private final int fails;

        Black(int fails) {
            this.fails = fails;
        }

        @Override
        public int together() {
            return 4;
        }

        @Override
        public List<GeneratedImage> draw(int first, int count, BooleanSupplier killed) {
            TaskPictures.requireWanted(killed);
            batches.add(first + "+" + count);
            if (fails >= first && fails < first + count) {
                throw new IllegalStateException("a number isn't finite");
            }
            List<GeneratedImage> drawn = new ArrayList<>();
            for (int i = first; i < first + count; i++) {
                BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
                drawn.add(new GeneratedImage(null, picture, null, i, Map.of("seed", "" + i)));
            }
            return drawn;
        }

        @Override
        public String prompt(int index) {
            return null;
        }
    }

    private static List<Integer> all(Drawing drawing, BooleanSupplier killed) {
        List<Integer> indexes = new ArrayList<>();
        new TaskPictures(drawing, new ImageRange(2, 10), killed)
                .forEachRemaining(picture -> indexes.add(picture.index()));
        return indexes;
    }

    @Test
    void batchesBeginWhereTheyDoOnOneMachine() {
        Black drawing = new Black(-1);
        assertEquals(List.of(2, 3, 4, 5, 6, 7, 8, 9), all(drawing, () -> false));
        assertEquals(List.of("2+2", "4+4", "8+2"), drawing.batches);
    }

    @Test
    void aFaultNamesTheImage() {
        Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> all(new Black(6), () -> false));
        assertEquals("image 6: java.lang.IllegalStateException: a number isn't finite", fault.getMessage());
    }

    @Test
    void aKilledTaskDrawsNothing() {
        Black drawing = new Black(-1);
        assertThrows(CancellationException.class, () -> all(drawing, () -> true));
        assertEquals(List.of(), drawing.batches);
    }

    /** Fails as a job does whose task failed elsewhere. */
    @Command(name = "failing")
    private static final class Failing implements java.util.concurrent.Callable<Integer> {
        @Override
        public Integer call() throws SparkException {
            throw new SparkException(
                    "Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost"
                            + " task 0.3 (executor 1): org.diffusion4j.Diffusion4jException: image 6: no memory\n\tat a.B.c(B.java:1)");
        }
    }

    @Test
    void aCommandSaysWhatATaskSaidInOneLine() {
        StringWriter err = new StringWriter();
        assertEquals(1, Job.run(new Failing(), new PrintWriter(err, true)));
        assertEquals("image 6: no memory" + System.lineSeparator(), err.toString());
    }
}
