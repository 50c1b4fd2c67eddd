package org.diffusion4j.training.evaluate;

import java.util.List;
import java.util.Map;

/**
 * How generated pictures compare with real ones, in the eyes of a classifier that learned from other real ones. Its
 * distances are in its own features: they compare with one another, not with those of another classifier.
 *
 * @param classNames of the real pictures, by label
 * @param featureNetwork the classifier's layers and training
 * @param trainingPictures how many real ones it learned from
 * @param referencePictures how many of these the distances are measured to
 * @param images how many pictures each of the figures is of
 * @param settings how the generated ones were drawn, by name; empty if they were given
 * @param heldOut real pictures that the classifier has not seen: what a perfect model comes to
 * @param generated those to be judged
 */
public record Evaluation(
        List<String> classNames,
        String featureNetwork,
        int trainingPictures,
        int referencePictures,
        int images,
        Map<String, String> settings,
        Figures heldOut,
        Figures generated) {

    /**
     * What the classifier sees in a set of pictures.
     *
     * @param accuracy the share, 0 to 1, that it takes for the class that they have or were drawn for; null without classes
     * @param classAccuracies the same of each class; null where a class has no pictures
     * @param predicted how many it takes for each class
     * @param frechetDistance from the reference pictures, see {@link FrechetDistance}
     */
    public record Figures(
            Double accuracy, List<Double> classAccuracies, List<Integer> predicted, double frechetDistance) {}
}
