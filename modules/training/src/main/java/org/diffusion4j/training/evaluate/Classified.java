package org.diffusion4j.training.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a classifier saw in pictures: what the figures of an {@link Evaluation} are made of.
 *
 * @param features one vector per picture
 * @param predicted one class per picture
 * @param labels the class that each picture has or was drawn for; null if there are none
 */
public record Classified(double[][] features, int[] predicted, int[] labels) {
    /**
     * Puts parts together, one after another.
     *
     * @param parts at least one; all with labels, or all without
     * @return all of them
     */
    public static Classified concat(List<Classified> parts) {
        return new Classified(
                parts.stream().flatMap(part -> Arrays.stream(part.features)).toArray(double[][]::new),
                parts.stream()
                        .flatMapToInt(part -> Arrays.stream(part.predicted))
                        .toArray(),
                parts.get(0).labels == null
                        ? null
                        : parts.stream()
                                .flatMapToInt(part -> Arrays.stream(part.labels))
                                .toArray());
    }

    /** @param reference the balls around the features of the real pictures */
    Evaluation.Figures figures(int classes, Neighbourhoods reference) {
        int[] pictures = new int[classes];
        int[] right = new int[classes];
        Integer[] seen = new Integer[classes];
        Arrays.fill(seen, 0);
        for (int i = 0; i < predicted.length; i++) {
            seen[predicted[i]]++;
            if (labels != null) {
                pictures[labels[i]]++;
                right[labels[i]] += predicted[i] == labels[i] ? 1 : 0;
            }
        }
        List<Double> classAccuracies = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            classAccuracies.add(pictures[i] == 0 ? null : (Double) ((double) right[i] / pictures[i]));
        }
        return new Evaluation.Figures(
                labels == null ? null : (Double) (IntStream.of(right).sum() / (double) predicted.length),
                Collections.unmodifiableList(classAccuracies),
                List.of(seen),
                FrechetDistance.between(features, reference.vectors()),
                KernelDistance.between(features, reference.vectors()),
                PrecisionRecall.between(features, reference));
    }
}
