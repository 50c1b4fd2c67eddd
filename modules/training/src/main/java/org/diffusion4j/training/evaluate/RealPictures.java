package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;

/**
 * Pictures with classes with which a model is compared. No picture is in both parts.
 *
 * @param training the pictures that the feature network learns from, and to which distances are measured
 * @param heldOut the pictures that are compared with the generated ones; they have the same size, channels and classes
 */
public record RealPictures(PictureSource training, PictureSource heldOut) {
    /**
     * Checks that both parts go together.
     *
     * @param training see the record
     * @param heldOut see the record
     * @throws Diffusion4jException if they differ in size, channels or classes, or have fewer than two classes
     */
    public RealPictures {
        require(
                training.classNames().size() >= 2,
                "pictures of two classes or more, as its classifier learns them",
                training.classNames().size());
        require(
                heldOut.classNames().equals(training.classNames()),
                "the same classes in the pictures held out, " + training.classNames(),
                heldOut.classNames());
        require(
                shape(heldOut).equals(shape(training)),
                "the same shape of the pictures held out, " + shape(training),
                shape(heldOut));
    }

    private static String shape(PictureSource pictures) {
        return String.format(Locale.ROOT, "%dx%dx%d", pictures.channels(), pictures.height(), pictures.width());
    }

    /**
     * Splits each class into halves, which are always the same for the same pictures.
     *
     * @param pictures of two classes or more, without anything random about them (crop, flip, transform), each with a name
     *     of its own
     * @return both halves; of an odd number in a class, the training half has one more
     * @throws Diffusion4jException if there are fewer than two classes, or all classes have but one picture
     */
    public static RealPictures halves(PictureSource pictures) {
        Map<Long, Integer> seen = new HashMap<>();
        Set<String> held = new HashSet<>();
        require(
                !pictures.classNames().isEmpty(),
                "pictures of two classes or more, as its classifier learns them",
                "pictures without classes");
        PictureSubset.firstEpoch(pictures, pictures.size(), batch -> {
            for (int i = 0; i < batch.names().size(); i++) {
                if (seen.merge(batch.labels().getLong(i), 1, Integer::sum) % 2 == 0) {
                    held.add(batch.names().get(i));
                }
            }
        });
        require(!held.isEmpty(), "at least two pictures of a class", "one of each");
        return new RealPictures(
                PictureSubset.of(pictures, name -> !held.contains(name)), PictureSubset.of(pictures, held::contains));
    }

    private static void require(boolean holds, String expected, Object found) {
        requireGiven(holds, "evaluate", expected, found);
    }
}
