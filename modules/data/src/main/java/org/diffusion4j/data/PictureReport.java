package org.diffusion4j.data;

import java.util.List;
import java.util.Map;

/**
 * What was found where pictures were read.
 *
 * @param pictures the number that can be used
 * @param perClass how many of each class, in the labels' order; empty where there are no classes
 * @param captions how many have a text
 * @param broken those left out, by name
 * @param withoutRow the names of pictures that the metadata has no row for: they are used, without a text
 * @param ignored how many files were left out that are no pictures by their names, or none to train on
 * @param notes which files were left out, and why, and what is unusual about the others: a line for each reason
 */
public record PictureReport(
        int pictures,
        Map<String, Integer> perClass,
        int captions,
        List<Broken> broken,
        List<String> withoutRow,
        int ignored,
        List<String> notes) {
    /**
     * A picture that could not be read.
     *
     * @param name as its folder or archive has it
     * @param reason what was expected, what was found
     */
    public record Broken(String name, String reason) {}

    /** One line, such as {@code 50000 pictures in 10 classes, 3 broken (a.png: …; …)}. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder().append(pictures).append(pictures == 1 ? " picture" : " pictures");
        if (!perClass.isEmpty()) {
            line.append(" in ").append(perClass.size()).append(perClass.size() == 1 ? " class" : " classes");
        }
        if (captions > 0) {
            line.append(", ").append(captions).append(" with a text");
        }
        if (!withoutRow.isEmpty()) {
            line.append(", ").append(withoutRow.size()).append(" without a row in the metadata");
        }
        if (!broken.isEmpty()) {
            line.append(", ")
                    .append(broken.size())
                    .append(" broken (")
                    .append(list(broken))
                    .append(')');
        }
        return line.toString();
    }

    /** The first few of them, for a message. */
    static String list(List<Broken> broken) {
        return Names.list(broken.stream()
                .map(each -> Names.brief(each.name()) + ": " + Names.brief(each.reason(), 120))
                .toList());
    }
}
