package org.diffusion4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Finds the names that a mistyped name may have meant: names at a small Damerau-Levenshtein distance (letters left out,
 * added, replaced, or swapped with the next one), names that begin with it, names with more or fewer words, or names whose
 * words begin with its letters. Case, hyphens and underscores are ignored.
 */
public final class NearestNames {
    /**
     * The cost of a letter more or less, or of two swapped letters. A replaced letter costs a little more, as it loses one
     * letter and adds another.
     */
    private static final int MOVED = 2;

    private static final int REPLACED = 3;

    /** The cost of a name's beginning: it is as good as a name with a few slips. */
    private static final int BEGINNING = 6;

    /** If more names than this are equally near, they are no help. */
    private static final int MOST = 3;

    private static final int LONGEST = 100;

    private NearestNames() {}

    /**
     * A question to append to a message.
     *
     * @param given what was typed
     * @param names the existing names
     * @return {@code "did you mean a or b?"}; empty if no name is near
     */
    public static String question(String given, Collection<String> names) {
        List<String> near = of(given, names);
        return near.isEmpty() ? "" : "did you mean " + either(near) + "?";
    }

    /**
     * Lists names as part of a sentence.
     *
     * @param names at least one
     * @return {@code "a, b or c"}
     */
    public static String either(Collection<String> names) {
        List<String> all = List.copyOf(names);
        String last = all.get(all.size() - 1);
        return all.size() == 1 ? last : String.join(", ", all.subList(0, all.size() - 1)) + " or " + last;
    }

    /**
     * Whether a name is one of the existing names, if case, hyphens and underscores are ignored.
     *
     * @param given what was typed
     * @param names the existing names
     * @return whether one of them is the same
     */
    public static boolean isAmong(String given, Collection<String> names) {
        return names.stream().anyMatch(name -> distance(given, name) == 0);
    }

    /**
     * The nearest names.
     *
     * @param given what was typed
     * @param names the existing names
     * @return the equally near names that are nearer than all others, in the order of {@code names}; empty if none is near,
     *     or if there are more than three
     */
    public static List<String> of(String given, Collection<String> names) {
        List<String> nearest = new ArrayList<>();
        int least = Integer.MAX_VALUE;
        for (String name : names) {
            int distance = distance(given, name);
            if (distance < least) {
                nearest.clear();
                least = distance;
            }
            if (distance == least && distance != Integer.MAX_VALUE && !nearest.contains(name)) {
                nearest.add(name);
            }
        }
        return nearest.size() <= MOST ? nearest : List.of();
    }

    private static int distance(String given, String name) {
        List<String> givenWords = words(given);
        List<String> nameWords = words(name);
        String a = String.join("", givenWords);
        String b = String.join("", nameWords);
        if (a.isEmpty() || b.isEmpty()) {
            return Integer.MAX_VALUE;
        }
        int edits = edits(a, b);
        if (edits <= 2 + Math.min(a.length(), b.length()) / 2) {
            return edits;
        }
        if (b.startsWith(a) || (b.length() > 2 && a.startsWith(b))) {
            return BEGINNING;
        }
        boolean haveWordsInCommon = givenWords.containsAll(nameWords)
                || nameWords.containsAll(givenWords)
                || (nameWords.size() > 1 && a.equals(initials(nameWords)));
        return haveWordsInCommon ? BEGINNING + 1 : Integer.MAX_VALUE;
    }

    private static List<String> words(String name) {
        List<String> words = new ArrayList<>();
        for (String word : name.toLowerCase(Locale.ROOT).split("[-_\\s]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static String initials(List<String> words) {
        StringBuilder letters = new StringBuilder();
        words.forEach(word -> letters.append(word.charAt(0)));
        return letters.toString();
    }

    /** The distance of optimal string alignment. It is meant for names that people type, which are short and of similar length. */
    private static int edits(String a, String b) {
        if (a.length() > LONGEST || Math.abs(a.length() - b.length()) > Math.min(a.length(), b.length())) {
            return Integer.MAX_VALUE;
        }
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i * MOVED;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j * MOVED;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                boolean isSame = a.charAt(i - 1) == b.charAt(j - 1);
                int best = cost[i - 1][j - 1] + (isSame ? 0 : REPLACED);
                best = Math.min(best, Math.min(cost[i - 1][j], cost[i][j - 1]) + MOVED);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + MOVED);
                }
                cost[i][j] = best;
            }
        }
        return cost[a.length()][b.length()];
    }
}
