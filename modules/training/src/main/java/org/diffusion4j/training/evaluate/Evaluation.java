package org.diffusion4j.training.evaluate;

import java.util.List;
import java.util.Map;

/**
 * How generated pictures compare with real ones, in the eyes of a classifier that learned from other real ones. Its
 * distances are in its own features: they compare with one another, not with those of another classifier.
 *
 * @param classNames the names of the real pictures' classes, by label
 * @param featureNetwork the classifier's layers and training
 * @param trainingPictures the number of real pictures that it learned from
 * @param referencePictures how many of these are used for the distances
 * @param images the number of pictures to be judged
 * @param heldOutImages the number of real ones beside them: as many, or all that are held out if there are fewer; distances
 *     compare only where both are the same
 * @param settings how the generated ones were drawn, by name; empty if they were given
 * @param heldOut the figures of real pictures that the classifier hasn't seen, which are those of a perfect model
 * @param generated the figures of the pictures to be judged
 */
public record Evaluation(
        List<String> classNames,
        String featureNetwork,
        int trainingPictures,
        int referencePictures,
        int images,
        int heldOutImages,
        Map<String, String> settings,
        Figures heldOut,
        Figures generated) {

    /**
     * What the classifier sees in a set of pictures.
     *
     * @param accuracy the share, 0 to 1, that it takes for the class that they have or were drawn for; null without classes
     * @param classAccuracies the same of each class; null if a class has no pictures
     * @param predicted how many it takes for each class
     * @param frechetDistance from the reference pictures, see {@link FrechetDistance}
     * @param kernelDistance from the reference pictures, see {@link KernelDistance}
     * @param precisionRecall with the reference pictures as the real ones, see {@link PrecisionRecall}
     */
    public record Figures(
            Double accuracy,
            List<Double> classAccuracies,
            List<Integer> predicted,
            double frechetDistance,
            KernelDistance kernelDistance,
            PrecisionRecall precisionRecall) {}
}
