package org.diffusion4j.diffusion;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A record's components under diffusers' names: {@code numTrainTimesteps} is {@code num_train_timesteps}. Thanks to this,
 * an option is written only in its record and among the record's defaults. Values are those of JSON: booleans, numbers,
 * words (of enums that have a {@link DiffusersName}), lists of numbers, and null if a component isn't a primitive; a word
 * may be null only if the record's default is.
 */
public final class DiffusersKeys {
    /** How many characters of a value a message shows: even a number of a thousand digits is valid JSON. */
    private static final int SHOWN = 60;

    private DiffusersKeys() {}

    /**
     * Gives diffusers' name of a component.
     *
     * @param component such as {@code betaStart}
     * @return such as {@code beta_start}
     */
    public static String of(String component) {
        // A digit belongs to the word before it: predictX0 is predict_x0.
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /**
     * All keys of a record.
     *
     * @param options the record
     * @return in the order of its components, {@link CallArgument}s included
     */
    public static Set<String> of(Record options) {
        return Arrays.stream(options.getClass().getRecordComponents())
                .map(component -> of(component.getName()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Gives a record's values as diffusers' JSON has them.
     *
     * @param options the record
     * @return its values by key, in order, without {@link CallArgument}s
     */
    public static Map<String, Object> toMap(Record options) {
        return toMap(options, false);
    }

    /**
     * A record's {@link CallArgument}s.
     *
     * @param options the record
     * @return their values by key, in order
     */
    public static Map<String, Object> callArguments(Record options) {
        return toMap(options, true);
    }

    private static Map<String, Object> toMap(Record options, boolean ofCalls) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (RecordComponent component : options.getClass().getRecordComponents()) {
            if (component.isAnnotationPresent(CallArgument.class) == ofCalls) {
                Object value = value(options, component);
                map.put(of(component.getName()), value instanceof DiffusersName word ? word.diffusersName() : value);
            }
        }
        return map;
    }

    /**
     * Gives a record with other values for some of its components.
     *
     * @param <R> the record
     * @param options the values of the components that aren't given
     * @param changes values by key; keys that the record doesn't have are ignored
     * @return the changed record
     * @throws IllegalArgumentException if a value's type isn't its component's, or the record refuses the value; the
     *     message names the key
     */
    public static <R extends Record> R with(R options, Map<String, ?> changes) {
        RecordComponent[] components = options.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = of(components[i].getName());
            types[i] = components[i].getType();
            values[i] = changes.containsKey(key)
                    ? converted(key, options, components[i], changes.get(key))
                    : value(options, components[i]);
        }
        try {
            @SuppressWarnings("unchecked")
            Constructor<R> constructor = (Constructor<R>) options.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(Record options, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a component's default value is null, which allows null. */
    private static boolean mayBeNull(Record options, RecordComponent component) {
        try {
            return value(options.getClass().getDeclaredConstructor().newInstance(), component) == null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object converted(String key, Record options, RecordComponent component, Object value) {
        Class<?> type = component.getType();
        if (value == null) {
            // Python treats None as false.
            if (type == boolean.class) {
                return false;
            }
            if (type.isPrimitive()) {
                throw expected(key, type == int.class ? "a whole number" : "a number", null);
            }
            if (type.isEnum() && !mayBeNull(options, component)) {
                throw expected(key, "a word", null);
            }
            return null;
        }
        if (type == Object.class) {
            return value;
        }
        if (type == boolean.class) {
            if (!(value instanceof Boolean)) {
                throw expected(key, "true or false", value);
            }
            return value;
        }
        if (type == int.class || type == Integer.class) {
            return whole(key, value);
        }
        if (type == double.class || type == Double.class) {
            return number(key, value);
        }
        if (type.isEnum()) {
            return word(key, type, value);
        }
        return numbers(key, component.getGenericType(), value);
    }

    private static int whole(String key, Object value) {
        if (value instanceof Integer whole) {
            return whole;
        }
        throw expected(key, "a whole number", value);
    }

    private static double number(String key, Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw expected(key, "a number", value);
    }

    private static Object word(String key, Class<?> type, Object value) {
        if (!(value instanceof String word)) {
            throw expected(key, "a word", value);
        }
        for (Object constant : type.getEnumConstants()) {
            if (constant instanceof DiffusersName name && name.diffusersName().equals(word)) {
                return constant;
            }
        }
        throw expected(
                key,
                "one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(constant -> ((DiffusersName) constant).diffusersName())
                                .collect(Collectors.joining(", ")),
                value);
    }

    private static List<?> numbers(String key, Type type, Object value) {
        if (!(value instanceof List<?> list)) {
            throw expected(key, "a list of numbers", value);
        }
        boolean whole = ((ParameterizedType) type).getActualTypeArguments()[0] == Integer.class;
        List<Object> numbers = new ArrayList<>();
        for (Object element : list) {
            numbers.add(whole ? (Object) whole(key, element) : (Object) number(key, element));
        }
        return List.copyOf(numbers);
    }

    private static IllegalArgumentException expected(String key, String expected, Object found) {
        return new IllegalArgumentException(key + ": expected " + expected + ", found " + shown(found));
    }

    /** A value as a message shows it, always short. */
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
