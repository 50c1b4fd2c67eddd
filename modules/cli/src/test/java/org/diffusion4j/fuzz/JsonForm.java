package org.diffusion4j.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Values, keys and nesting; sometimes the text itself. */
final class JsonForm implements Form {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_CHANGES = 3;

    private static final String[] SCALARS = {
        "0",
        "1",
        "-1",
        "2",
        "3",
        "7",
        "8",
        "16",
        "64",
        "1024",
        "65536",
        "1000000",
        "100000000",
        "2147483647",
        "2147483648",
        "-2147483648",
        "4294967295",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "0.5",
        "1.0",
        "1e3",
        "1e308",
        "-1e-320",
        "1e400",
        "1e999999999",
        "1E-999999999",
        "1e-400",
        "-0.0",
        "null",
        "true",
        "false",
        "NaN",
        "Infinity",
        "-Infinity",
        "[]",
        "{}",
        "[1]",
        "[[4]]",
        "[4,8]",
        "[null]",
        "[0,0]",
        "[-1,2]",
        "{\"a\":1}",
        "\"conv\"",
        "\"\\ud83d\"",
        "\"resnet\"",
        "\"fourier\"",
        "\"learned\"",
        "\"DDIMScheduler\"",
        "\"DDPMScheduler\"",
        "\"linear\"",
        "\"sample\"",
        "\"v_prediction\"",
        "\"trailing\"",
        "\"scale_shift\""
    };

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        String text = new String(file, StandardCharsets.UTF_8);
        try {
            JsonNode tree = JSON.readTree(text);
            for (int i = random.nextInt(MOST_CHANGES); i >= 0; i--) {
                changeOne(tree, random);
            }
            if (random.nextInt(8) == 0) {
                merge(tree, JSON.readTree(other), random);
            }
            text = JSON.writeValueAsString(tree);
        } catch (IOException e) {
            throw new IllegalArgumentException("expected a seed that is JSON, found " + text, e);
        }
        if (random.nextInt(5) == 0) {
            text = edited(text, random);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return random.nextInt(12) == 0 ? ByteMutations.mutated(bytes, other, random) : bytes;
    }

    private static void changeOne(JsonNode tree, Random random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        JsonNode container = containers.get(random.nextInt(containers.size()));
        if (container instanceof ArrayNode array) {
            int at = random.nextInt(array.size() + 1);
            if (at == array.size() || random.nextInt(4) == 0) {
                JsonNode value = array.isEmpty() || random.nextBoolean() ? value(random) : array.get(0);
                int most = Math.max(
                        1, ByteMutations.MOST_BYTES / 2 / (1 + value.toString().length()));
                int times = Math.min(most, random.nextInt(10) == 0 ? 20_000 : 1 + random.nextInt(3));
                for (int i = 0; i < times; i++) {
                    array.add(value);
                }
            } else if (random.nextInt(3) == 0) {
                array.remove(at);
            } else {
                array.set(at, value(random));
            }
        } else if (container instanceof ObjectNode object) {
            changeOne(object, random);
        }
    }

    private static void changeOne(ObjectNode object, Random random) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        if (keys.isEmpty() || random.nextInt(10) == 0) {
            object.set(Texts.odd(random, 2000), value(random));
            return;
        }
        String key = keys.get(random.nextInt(keys.size()));
        switch (random.nextInt(8)) {
            case 0 -> object.remove(key);
            case 1 -> object.set(Texts.odd(random, 2000), object.remove(key));
            case 2 -> object.set(key, object.get(keys.get(random.nextInt(keys.size()))));
            case 3 -> {
                if (object.get(key).isTextual()) {
                    object.put(key, object.get(key).asText() + Texts.odd(random, 2000));
                } else {
                    object.set(key, JsonNodeFactory.instance.arrayNode().add(object.get(key)));
                }
            }
            default -> object.set(key, value(random));
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
        }
        for (Iterator<JsonNode> children = node.elements(); children.hasNext(); ) {
            collect(children.next(), containers);
        }
    }

    private static JsonNode value(Random random) {
        return switch (random.nextInt(12)) {
            case 0, 1 -> JsonNodeFactory.instance.textNode(Texts.odd(random, 20_000));
            case 2 -> {
                int depth = random.nextBoolean() ? 3 : 900 + random.nextInt(300);
                yield raw("[".repeat(depth) + "]".repeat(depth));
            }
            case 3 -> raw("1" + "0".repeat(random.nextInt(3000)));
            default -> raw(SCALARS[random.nextInt(SCALARS.length)]);
        };
    }

    private static JsonNode raw(String json) {
        return JsonNodeFactory.instance.rawValueNode(new RawValue(json));
    }

    private static void merge(JsonNode tree, JsonNode other, Random random) {
        if (tree instanceof ObjectNode into && other instanceof ObjectNode from) {
            for (Map.Entry<String, JsonNode> property : from.properties()) {
                if (random.nextBoolean()) {
                    into.set(property.getKey(), property.getValue());
                }
            }
        }
    }

    /** What no tree can have: a key twice, a comma too many, half of a text. */
    private static String edited(String text, Random random) {
        int at = random.nextInt(text.length() + 1);
        return switch (random.nextInt(6)) {
            case 0 -> {
                int comma = text.indexOf(',');
                int end = comma < 0 ? text.length() - 1 : comma;
                yield comma < 0 ? text : text.substring(0, end) + "," + text.substring(1, end) + text.substring(end);
            }
            case 1 -> text.substring(0, at);
            case 2 ->
                text.substring(0, at) + "[{]},:\"\\u0001\u0000/*#".charAt(random.nextInt(17)) + text.substring(at);
            case 3 -> "\ufeff" + text;
            case 4 -> text + text;
            default -> text.substring(0, at) + SCALARS[random.nextInt(SCALARS.length)] + text.substring(at);
        };
    }
}
