package org.diffusion4j.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Converts a component's value to the form that JSON has for it, and back. */
final class JsonForm {
    /** How many characters of a value a message shows: even a number of a thousand digits is valid JSON. */
    private static final int SHOWN = 60;

    private JsonForm() {}

    static Object of(RecordComponent component, Object value) {
        return component.isAnnotationPresent(OrOne.class) ? singled(of(value)) : of(value);
    }

    private static Object of(Object value) {
        if (value instanceof ConfigName choice) {
            return choice.configName();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(JsonForm::of).toList();
        }
        if (value instanceof Record numbers) {
            List<Object> all = Stream.of(numbers.getClass().getRecordComponents())
                    .map(component -> ConfigKeys.value(numbers, component))
                    .toList();
            return all.stream().distinct().count() == 1 ? all.get(0) : all;
        }
        return value;
    }

    private static Object singled(Object json) {
        if (!(json instanceof List<?> list)) {
            return json;
        }
        return list.size() == 1
                ? singled(list.get(0))
                : list.stream().map(JsonForm::singled).toList();
    }

    static Object read(String key, RecordComponent component, Object json) {
        Class<?> type = component.getType();
        if (json == null && mayBeNull(component)) {
            return null;
        }
        if (json == null && type == boolean.class && !component.isAnnotationPresent(Extension.class)) {
            return false; // as Python treats None
        }
        if (type == List.class) {
            boolean orOne = component.isAnnotationPresent(OrOne.class);
            return list(key, (ParameterizedType) component.getGenericType(), orOne, json);
        }
        return read(key, type, json);
    }

    private static boolean mayBeNull(RecordComponent component) {
        Class<?> type = component.getType();
        boolean marked = type.isEnum() || type == List.class;
        return marked ? component.isAnnotationPresent(OrNull.class) : !type.isPrimitive();
    }

    private static List<Object> list(String key, ParameterizedType type, boolean orOne, Object json) {
        Type element = type.getActualTypeArguments()[0];
        if (json instanceof List<?> list) {
            return list.stream().map(item -> element(key, element, orOne, item)).toList();
        }
        if (orOne && json != null) {
            return List.of(element(key, element, true, json));
        }
        throw expected(key, "a list", json);
    }

    private static Object element(String key, Type type, boolean orOne, Object json) {
        return type instanceof ParameterizedType list ? list(key, list, orOne, json) : read(key, (Class<?>) type, json);
    }

    private static Object read(String key, Class<?> type, Object json) {
        if (type == Object.class) {
            return json;
        }
        if (type == boolean.class || type == Boolean.class) {
            return truth(key, json);
        }
        if (type == int.class || type == Integer.class) {
            return whole(key, "a whole number", json);
        }
        if (type == double.class || type == Double.class) {
            if (json instanceof Number number) {
                return number.doubleValue();
            }
            throw expected(key, "a number", json);
        }
        return type.isRecord() ? numbers(key, type, json) : choice(key, type, json);
    }

    private static boolean truth(String key, Object json) {
        if (json instanceof Boolean truth) {
            return truth;
        }
        throw expected(key, "true or false", json);
    }

    private static Integer whole(String key, String expected, Object json) {
        if (json instanceof Integer whole) {
            return whole;
        }
        throw expected(key, expected, json);
    }

    /** Reads a record of whole numbers, such as a size: from a list, or from a single number for all. */
    private static Object numbers(String key, Class<?> type, Object json) {
        RecordComponent[] components = type.getRecordComponents();
        String expected = Arrays.stream(components)
                .map(RecordComponent::getName)
                .collect(Collectors.joining(", ", "a whole number or [", "]"));
        if (json instanceof List<?> list) {
            if (list.size() != components.length) {
                throw expected(key, expected, json);
            }
            return ConfigKeys.made(
                    type,
                    list.stream()
                            .map(item -> whole(key, "a whole number", item))
                            .toArray());
        }
        Object[] alike = new Object[components.length];
        Arrays.fill(alike, whole(key, expected, json));
        return ConfigKeys.made(type, alike);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a component of another type fails here by its class
    private static Object choice(String key, Class<?> type, Object json) {
        if (json instanceof String word) {
            return ConfigName.of((Class) type, key, word.length() <= SHOWN ? word : word.substring(0, SHOWN) + "…");
        }
        throw expected(key, "a text", json);
    }

    private static IllegalArgumentException expected(String key, String expected, Object found) {
        return new IllegalArgumentException(key + ": expected " + expected + ", found " + shown(found));
    }

    /** Short, whatever was given. */
    private static String shown(Object value) {
        if (value instanceof List<?> list) {
            return "a list of " + list.size();
        }
        if (value instanceof Map<?, ?>) {
            return "an object";
        }
        String text = value instanceof String ? "'" + value + "'" : String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
