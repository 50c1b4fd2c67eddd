package org.diffusion4j.release;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The README's blocks, as a reader copies them. */
final class Readme {
    private Readme() {}

    /** @return the block of a language that holds a text; there must be one such block only */
    static String block(String language, String text) {
        Pattern fence = Pattern.compile("^ *```" + language + "\\n(.*?)^ *```", Pattern.MULTILINE | Pattern.DOTALL);
        List<String> found = fence.matcher(Build.read("README.md"))
                .results()
                .map((MatchResult block) -> block.group(1))
                .filter(block -> block.contains(text))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(String.format(
                    Locale.ROOT,
                    "README.md: expected one block of %s with '%s', found %d",
                    language,
                    text,
                    found.size()));
        }
        return found.get(0);
    }

    /** @return a text with one replaced, which must stand there */
    static String replace(String text, String what, String by) {
        if (!text.contains(what)) {
            throw new AssertionError(
                    String.format(Locale.ROOT, "expected '%s' in the README's block, found%n%s", what, text));
        }
        return text.replace(what, by);
    }
}
