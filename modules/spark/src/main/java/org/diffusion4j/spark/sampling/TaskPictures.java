package org.diffusion4j.spark.sampling;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.GeneratedImage;

/** A range of pictures, which are drawn when they are asked for. */
final class TaskPictures implements Iterator<DrawnPicture> {
    private final Drawing drawing;
    private final BooleanSupplier killed;
    private final int end;
    private int next;
    private List<GeneratedImage> drawn = List.of();
    private int drawnFirst;

    /**
     * Begins a range.
     *
     * @param drawing draws
     * @param range which pictures
     * @param killed whether nobody wants them any more
     */
    TaskPictures(Drawing drawing, ImageRange range, BooleanSupplier killed) {
        this.drawing = drawing;
        this.killed = killed;
        this.next = range.first();
        this.end = range.end();
        this.drawnFirst = next;
    }

    static void requireWanted(BooleanSupplier killed) {
        if (killed.getAsBoolean()) {
            throw new CancellationException("the task was killed");
        }
    }

    @Override
    public boolean hasNext() {
        return next < end;
    }

    @Override
    public DrawnPicture next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (next >= drawnFirst + drawn.size()) {
            // The same batches as on one machine, wherever the range begins.
            int together = drawing.together();
            drawnFirst = next;
            drawn = draw(next, Math.min(end, (next / together + 1) * together) - next);
        }
        GeneratedImage picture = drawn.get(next - drawnFirst);
        int index = next++;
        return new DrawnPicture(
                index,
                picture.label(),
                drawing.prompt(index),
                picture.seed(),
                DrawnPicture.json(picture.metadata()),
                picture.png());
    }

    private List<GeneratedImage> draw(int first, int count) {
        try {
            return drawing.draw(first, count, killed);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            if (count == 1) {
                throw fault("image " + first, e);
            }
            // Which of them it is.
            List<GeneratedImage> each = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                each.addAll(draw(first + i, 1));
            }
            return each;
        }
    }

    private static Diffusion4jException fault(String where, RuntimeException e) {
        return new Diffusion4jException(
                String.format(
                        Locale.ROOT,
                        "%s: %s",
                        where,
                        e instanceof Diffusion4jException ? e.getMessage() : e.toString()),
                e);
    }
}
