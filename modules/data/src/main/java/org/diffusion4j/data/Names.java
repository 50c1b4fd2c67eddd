package org.diffusion4j.data;

import java.util.List;

/** Lists names in a message: the first few, and how many more there are, in one short line. */
final class Names {
    private static final int SHOWN = 5;
    private static final int LONGEST = 60;
    private static final int LONGEST_LIST = 200;

    private Names() {}

    static String list(List<String> names) {
        return list("; ", names);
    }

    static String list(String separator, List<String> names) {
        StringBuilder shown = new StringBuilder();
        int count = 0;
        for (String name : names.subList(0, Math.min(SHOWN, names.size()))) {
            String next = brief(name, LONGEST_LIST);
            if (count > 0 && shown.length() + next.length() > LONGEST_LIST) {
                break;
            }
            shown.append(count++ == 0 ? "" : separator).append(next);
        }
        if (count < names.size()) {
            shown.append(separator).append("and ").append(names.size() - count).append(" more");
        }
        return shown.toString();
    }

    /** A name, or if it is long, its beginning and its end. */
    static String brief(String name) {
        return brief(name, LONGEST);
    }

    /** @param most the largest number of characters */
    static String brief(String text, int most) {
        String line = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
        int head = most / 3;
        return line.length() <= most
                ? line
                : line.substring(0, head) + "…" + line.substring(line.length() - (most - head - 1));
    }
}
