package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.Diffusion4jException;

/** Reads class labels: {@code 0-9}, {@code 3,5}, {@code cat,dog}, or a mixture. */
final class Labels {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

    private final List<String> names;
    private final Integer classes;

    /**
     * Labels of a model.
     *
     * @param names of its classes from 0 on; may be empty
     * @param classes how many it has; null if none
     */
    Labels(List<String> names, Integer classes) {
        this.names = names;
        this.classes = classes;
    }

    /** @return class numbers in the order given */
    List<Integer> parse(String given) {
        if (classes == null) {
            throw new Diffusion4jException(
                    "--labels: expected none, as the model has no classes, found '" + given + "'");
        }
        List<Integer> labels = new ArrayList<>();
        for (String part : given.split(",", -1)) {
            labels.addAll(one(part.strip(), given));
        }
        return labels;
    }

    private List<Integer> one(String part, String given) {
        // Names first: a class may be called "1-2", or "7" without being the seventh.
        int name = names.indexOf(part);
        if (name >= 0) {
            return List.of(name);
        }
        Matcher range = RANGE.matcher(part);
        if (!range.matches()) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "--labels: expected numbers, ranges%s with commas between, found '%s'",
                    names.isEmpty() ? "" : " or class names (" + String.join(", ", names) + ")",
                    given));
        }
        int first = inRange(range.group(1));
        int last = range.group(2) == null ? first : inRange(range.group(2));
        if (first > last) {
            throw new Diffusion4jException("--labels: expected a range from low to high, found '" + part + "'");
        }
        List<Integer> labels = new ArrayList<>();
        for (int label = first; label <= last; label++) {
            labels.add(label);
        }
        return labels;
    }

    private int inRange(String digits) {
        int label = Integer.parseInt(digits);
        if (label >= classes) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "--labels: expected 0 to %d, found %d", classes - 1, label));
        }
        return label;
    }
}
