package org.diffusion4j.weights.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints JSON like {@code json.dumps(value, indent=2, sort_keys=True) + "\n"}, which is what diffusers writes. */
public final class PythonJson {
    private final StringBuilder text = new StringBuilder();

    private PythonJson() {}

    /**
     * Prints a value.
     *
     * @param value any JSON
     * @return the text, with a line break at its end
     */
    public static String print(JsonNode value) {
        PythonJson json = new PythonJson();
        json.append(value, "\n");
        return json.text.append('\n').toString();
    }

    /** @param newLine a line break and the indentation of the surrounding value */
    private void append(JsonNode value, String newLine) {
        switch (value.getNodeType()) {
            case OBJECT -> appendObject(value, newLine);
            case ARRAY -> appendList(value, newLine);
            case STRING -> appendText(value.textValue());
            case NUMBER ->
                text.append(value.isIntegralNumber() ? value.bigIntegerValue().toString() : repr(value.doubleValue()));
            default -> text.append(value); // true, false, null
        }
    }

    private void appendObject(JsonNode object, String newLine) {
        Map<String, JsonNode> sorted = new TreeMap<>();
        object.properties().forEach(property -> sorted.put(property.getKey(), property.getValue()));
        if (sorted.isEmpty()) {
            text.append("{}");
            return;
        }
        String inner = newLine + "  ";
        String separator = "{";
        for (Map.Entry<String, JsonNode> property : sorted.entrySet()) {
            text.append(separator).append(inner);
            appendText(property.getKey());
            text.append(": ");
            append(property.getValue(), inner);
            separator = ",";
        }
        text.append(newLine).append('}');
    }

    private void appendList(JsonNode list, String newLine) {
        if (list.isEmpty()) {
            text.append("[]");
            return;
        }
        String inner = newLine + "  ";
        String separator = "[";
        for (Iterator<JsonNode> elements = list.elements(); elements.hasNext(); ) {
            text.append(separator).append(inner);
            append(elements.next(), inner);
            separator = ",";
        }
        text.append(newLine).append(']');
    }

    private void appendText(String characters) {
        text.append('"');
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    /**
     * The shortest digits that read back as the same double, as Python prints them. (Before Java 19, Java's own are not
     * always the shortest.)
     */
    static String repr(double value) {
        if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.toString(value); // 0.0, -0.0, NaN, Infinity: as in Python
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= 17; digits++) {
            shortest = exact.round(new MathContext(digits));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = shortest.precision() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
            return String.format(
                    Locale.ROOT,
                    "%s%s%se%s%02d",
                    sign,
                    digits.charAt(0),
                    fraction,
                    exponent < 0 ? "-" : "+",
                    Math.abs(exponent));
        }
        String plain = shortest.abs().toPlainString();
        return sign + plain + (plain.contains(".") ? "" : ".0");
    }
}
