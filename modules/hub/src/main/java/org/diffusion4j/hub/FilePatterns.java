package org.diffusion4j.hub;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which files of a repository are wanted, by patterns as Python's {@code fnmatch} has them: {@code *} is any text, slashes
 * included, {@code ?} any character, {@code [ab]} and {@code [!ab]} one of some; case counts. A pattern that ends with a slash
 * is for all of that folder.
 */
public final class FilePatterns implements Predicate<String> {
    private final List<Pattern> allowed;
    private final List<Pattern> ignored;

    /**
     * Reads patterns.
     *
     * @param allowed a file must match one of them; if there are none, all do
     * @param ignored a file must match none of them
     */
    public FilePatterns(List<String> allowed, List<String> ignored) {
        this.allowed = allowed.stream().map(FilePatterns::pattern).toList();
        this.ignored = ignored.stream().map(FilePatterns::pattern).toList();
    }

    @Override
    public boolean test(String file) {
        return (allowed.isEmpty()
                        || allowed.stream().anyMatch(each -> each.matcher(file).matches()))
                && ignored.stream().noneMatch(each -> each.matcher(file).matches());
    }

    private static Pattern pattern(String glob) {
        String text = glob.endsWith("/") ? glob + "*" : glob;
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int end = c == '[' ? endOfSet(text, i) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (end > 0) {
                regex.append(set(text.substring(i + 1, end)));
                i = end;
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) { // a range backwards, such as [z-a], which nothing matches
            return Pattern.compile("(?!)");
        }
    }

    /** The place of the bracket that closes a set; a first one is a member of it. */
    private static int endOfSet(String text, int start) {
        int first = start + 1 < text.length() && text.charAt(start + 1) == '!' ? start + 2 : start + 1;
        return text.indexOf(']', first + 1);
    }

    private static String set(String members) {
        boolean not = members.startsWith("!");
        String plain = (not ? members.substring(1) : members).replaceAll("[\\\\\\[\\]&^]", "\\\\$0");
        return (not ? "[^" : "[") + plain + "]";
    }
}
