package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;

/** The pictures that a model draws in order to be judged. */
interface PictureDrawing extends AutoCloseable {
    /** Gets some of the pictures. */
    @FunctionalInterface
    interface Part {
        /**
         * Takes them.
         *
         * @param first the number of the first one, from 0
         */
        void take(int first, List<GeneratedImage> drawn);
    }

    /**
     * Opens a model.
     *
     * @param pictures real ones of the same size and channels, whose classes and texts it draws
     * @param labels the class of each picture to draw, of the real pictures'; empty if they have none
     * @throws Diffusion4jException if the model doesn't go with the pictures
     */
    static PictureDrawing open(JudgedModel model, PictureSource pictures, List<Integer> labels) {
        return model instanceof JudgedModel.ByText byText
                ? new PromptDrawing(byText, pictures, labels)
                : new ModelDrawing((JudgedModel.ByClasses) model, pictures, labels);
    }

    /** Whether each picture should show the class that it has among the labels. */
    boolean hasClasses();

    /** How the pictures are drawn, by names that a person understands. */
    Map<String, String> settings();

    /**
     * Draws all, so many at a time.
     *
     * @return how long the drawing took, in seconds, without what was done with the pictures
     */
    double draw(Progress progress, int chunk, Part part);

    @Override
    void close();

    /**
     * Refuses pictures of another shape.
     *
     * @param size the model's; null if it has none
     */
    static void requireShape(SampleSize size, int channels, PictureSource pictures) {
        if (size != null) {
            requireGiven(
                    size.height() == pictures.height() && size.width() == pictures.width(),
                    "evaluate",
                    String.format(Locale.ROOT, "pictures of the model's size, %dx%d", size.width(), size.height()),
                    String.format(Locale.ROOT, "%dx%d", pictures.width(), pictures.height()));
        }
        requireGiven(
                channels == pictures.channels(),
                "evaluate",
                String.format(Locale.ROOT, "pictures of the model's %d channels", channels),
                pictures.channels());
    }
}
