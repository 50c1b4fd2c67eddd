package org.diffusion4j.data;

import java.util.List;
import java.util.Map;

/**
 * What was found when pictures were read.
 *
 * @param pictures the number of usable pictures
 * @param perClass the number of pictures per class, in the labels' order; empty if there are no classes
 * @param captions the number of pictures with a text
 * @param broken the pictures that were left out because they are broken, sorted by name
 * @param withoutRow the names of pictures without a row in the metadata, which are used without what it says of others
 * @param ignored the number of files that were left out because their names aren't those of pictures to train on
 * @param notes which files were left out and why, and what is unusual about the others, one line per reason
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
     * A picture that couldn't be read.
     *
     * @param name its name in the folder or archive
     * @param reason what was expected and what was found
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

    /** The first few broken pictures, for a message. */
    static String list(List<Broken> broken) {
        return Names.list(broken.stream()
                .map(each -> Names.brief(each.name()) + ": " + Names.brief(each.reason(), 120))
                .toList());
    }
}
