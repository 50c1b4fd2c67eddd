package org.diffusion4j.training.record;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings as one reads them: {@code LearningRate[base=2.0E-4, curve=Cosine[totalSteps=1000]]}, which is what Java makes of
 * a record, as {@code base 0.0002, curve Cosine (total steps 1000)}. A text that isn't that of a record isn't changed.
 */
public final class RecordText {
    private static final Pattern COMPONENT = Pattern.compile("(\\w+)=");
    private static final Pattern TYPE = Pattern.compile("([A-Z]\\w*)\\[");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?E-?\\d+|-?\\d+\\.0");

    private final String text;
    private int at;

    private RecordText(String text) {
        this.text = text;
    }

    /**
     * A setting's name as words: {@code labelDropout} is a label dropout, {@code beta_end} a beta end.
     *
     * @param name a name in camel or snake case
     * @return the words in lower case, with spaces
     */
    public static String words(String name) {
        return name.replace('_', ' ')
                .strip()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z][a-z])", " ")
                .toLowerCase(Locale.ROOT);
    }

    /**
     * A setting's value.
     *
     * @param name of the setting; a type that begins with it isn't said again
     * @param value its text
     * @return a readable text
     */
    public static String of(String name, String value) {
        Matcher type = TYPE.matcher(value);
        if (type.lookingAt()) {
            RecordText reader = new RecordText(value);
            String read = reader.record(saysNoMore(type.group(1), name));
            return read != null && reader.at == value.length() ? read : value;
        }
        return Objects.requireNonNullElse(plain(value), value);
    }

    private static boolean saysNoMore(String type, String name) {
        return type.equals("Settings") || type.regionMatches(true, 0, name, 0, name.length());
    }

    /** @return null if it isn't a whole number */
    private String record(boolean typeIsKnown) {
        Matcher type = TYPE.matcher(text).region(at, text.length());
        if (!type.lookingAt()) {
            return null;
        }
        at = type.end();
        StringJoiner components = new StringJoiner(", ");
        components.setEmptyValue("");
        while (at < text.length() && text.charAt(at) != ']') {
            Matcher name = COMPONENT.matcher(text).region(at, text.length());
            if (!name.lookingAt()) {
                return null;
            }
            at = name.end();
            String value = TYPE.matcher(text).region(at, text.length()).lookingAt() ? record(false) : simple();
            if (value == null) {
                return null;
            }
            components.add(words(name.group(1)) + " " + value);
            if (text.startsWith(", ", at)) {
                at += 2;
            }
        }
        if (at == text.length()) {
            return null;
        }
        at++;
        String inside = components.toString();
        if (inside.isEmpty() || typeIsKnown) {
            return inside.isEmpty() ? words(type.group(1)) : inside;
        }
        return words(type.group(1)) + " (" + inside + ")";
    }

    /** Up to the next component or the record's end; a list has commas and brackets of its own. */
    private String simple() {
        int from = at;
        int open = 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (open == 0 && (c == ']' || c == ',')) {
                break;
            }
            open += c == '[' ? 1 : c == ']' ? -1 : 0;
        }
        String value = text.substring(from, at);
        return Objects.requireNonNullElse(plain(value), value);
    }

    /** A number without Java's E and needless fraction; null if the text isn't a number. */
    private static String plain(String value) {
        return NUMBER.matcher(value).matches() ? ReportNumber.decimal(new BigDecimal(value).doubleValue(), 15) : null;
    }
}
