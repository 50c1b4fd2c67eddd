package org.diffusion4j.fuzz;

import java.util.Random;

/** Texts that break messages, terminals and paths. */
final class Texts {
    private static final String[] ODD = {
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "/",
        "\\",
        "C:\\x",
        "a/b",
        "con",
        "\n",
        "a\nb",
        "\r\n",
        "\t",
        "\0",
        "a\0b",
        "\u001b[31mred\u001b[0m",
        "\u001b]0;title\u0007",
        "\u0085",
        "\u009b31m",
        "\u2028",
        "\u2029",
        "\u202e",
        "\ufeff",
        "\ufffd",
        "e\u0301",
        "\u00e9",
        "\u0661",
        "\ud83d\ude00",
        "\ud83d",
        "%s%n%d",
        "{}",
        "${jndi:x}",
        "<b>&amp;",
        "'",
        "\"",
        "`",
        "$1",
        "NaN",
        "null",
        "true",
        "1",
        "1.0",
        "1e400",
        "file_name",
        "label",
        "text"
    };

    private Texts() {}

    static String odd(Random random, int most) {
        String text = ODD[random.nextInt(ODD.length)];
        if (random.nextInt(4) == 0) {
            text = text + ODD[random.nextInt(ODD.length)];
        }
        if (random.nextInt(6) == 0) {
            text = (text.isEmpty() ? "x" : text).repeat(1 + random.nextInt(most));
        }
        return text;
    }
}
