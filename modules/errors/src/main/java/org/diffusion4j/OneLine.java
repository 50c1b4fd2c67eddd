package org.diffusion4j;

import java.util.Locale;

/**
 * Makes text that may contain anything, such as a file's name, safe to print in a line: on a terminal it can neither end
 * the line, nor move the cursor, nor reverse the order of the text next to it.
 */
public final class OneLine {
    /** The largest number of characters of a message. */
    private static final int MOST = 480;

    /** A word isn't shortened to fewer characters than this. */
    private static final int LEAST_OF_A_WORD = 100;

    private static final String CUT = "…";

    private OneLine() {}

    /**
     * Makes a message: escapes it, and if it is too long, shortens the longest words (such as paths and file names) in
     * their middle, then the whole message.
     *
     * @param message any text; null becomes the word {@code null}
     * @return one line of at most 480 characters
     */
    public static String of(String message) {
        String line = escaped(String.valueOf(message).strip());
        while (line.length() > MOST) {
            int[] word = longestWord(line);
            int length = word[1] - word[0];
            if (length <= LEAST_OF_A_WORD) {
                return shortened(line, MOST);
            }
            int kept = Math.max(LEAST_OF_A_WORD, length - (line.length() - MOST));
            line = line.substring(0, word[0])
                    + shortened(line.substring(word[0], word[1]), kept)
                    + line.substring(word[1]);
        }
        return line;
    }

    /**
     * Makes a line of any length: control characters, line ends, marks that change the direction of writing, other
     * invisible characters and halves of surrogate pairs are written as {@code \n}, {@code \t}, {@code \}{@code u001b}.
     * Characters that join letters or emoji stay.
     *
     * @param text any text
     * @return the line; the text itself if there is nothing to escape
     */
    public static String escaped(String text) {
        if (text.codePoints().allMatch(OneLine::isPlain)) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isPlain(c)) {
                line.appendCodePoint(c);
            } else if (c == '\n') {
                line.append("\\n");
            } else if (c == '\r') {
                line.append("\\r");
            } else if (c == '\t') {
                line.append("\\t");
            } else {
                for (char unit : Character.toChars(c)) { // as in JSON and Java
                    line.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
                }
            }
        });
        return line.toString();
    }

    private static boolean isPlain(int c) {
        if (c >= ' ' && c < 0x7f) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            case Character.FORMAT -> c == 0x200c || c == 0x200d; // joiners, which Persian and emoji use
            default -> true;
        };
    }

    /** The beginning and end of the longest stretch without a space. */
    private static int[] longestWord(String line) {
        int[] longest = {0, 0};
        int start = 0;
        for (int i = 0; i <= line.length(); i++) {
            if (i == line.length() || line.charAt(i) == ' ') {
                if (i - start > longest[1] - longest[0]) {
                    longest = new int[] {start, i};
                }
                start = i + 1;
            }
        }
        return longest;
    }

    /** The beginning and the end of a text, together of the given length. No surrogate pair is cut in two. */
    private static String shortened(String text, int length) {
        int head = (length - CUT.length()) / 2;
        int tail = text.length() - (length - CUT.length() - head);
        if (Character.isHighSurrogate(text.charAt(head - 1))) {
            head--;
        }
        if (Character.isLowSurrogate(text.charAt(tail))) {
            tail++;
        }
        return text.substring(0, head) + CUT + text.substring(tail);
    }
}
