package org.diffusion4j.config;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A record's components under diffusers' names: {@code numTrainTimesteps} is {@code num_train_timesteps}. Thanks to
 * this, an option is written only in its record and among the record's defaults. Values are those of JSON: booleans, numbers,
 * texts (for a {@link ConfigName}), lists of these, and a list or a single number for a record of whole numbers. A value may be
 * null if its component isn't a primitive; a choice or a list may be null only if it is {@link OrNull}. A single value may stand in
 * for a list that is {@link OrOne}.
 */
public final class ConfigKeys {
    private ConfigKeys() {}

    /**
     * Gives the key of a component.
     *
     * @param component such as {@code betaStart}
     * @return such as {@code beta_start}
     */
    public static String of(String component) {
        // A digit belongs to the word before it: predictX0 is predict_x0.
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /**
     * Lists all keys of a record.
     *
     * @param options the record
     * @return in the order of its components
     */
    public static Set<String> of(Record options) {
        return Arrays.stream(options.getClass().getRecordComponents())
                .map(component -> of(component.getName()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Lists the keys of the components that have an annotation.
     *
     * @param options the record
     * @param mark the annotation
     * @return in the order of its components
     */
    public static Set<String> marked(Record options, Class<? extends Annotation> mark) {
        return Arrays.stream(options.getClass().getRecordComponents())
                .filter(component -> component.isAnnotationPresent(mark))
                .map(component -> of(component.getName()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Gives a record's values as JSON has them.
     *
     * @param options the record
     * @return its values by key, in the order of its components; a new map
     */
    public static Map<String, Object> toMap(Record options) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (RecordComponent component : options.getClass().getRecordComponents()) {
            map.put(of(component.getName()), JsonForm.of(component, value(options, component)));
        }
        return map;
    }

    /**
     * Makes a record with other values for some of its components.
     *
     * @param <R> the record
     * @param options the values of those that aren't given
     * @param changes by key; keys that the record doesn't have are passed over
     * @return the changed record
     * @throws IllegalArgumentException if a value's type isn't its component's, or the record refuses the value; the message
     *     names the key
     */
    public static <R extends Record> R with(R options, Map<String, ?> changes) {
        RecordComponent[] components = options.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = of(components[i].getName());
            values[i] = changes.containsKey(key)
                    ? JsonForm.read(key, components[i], changes.get(key))
                    : value(options, components[i]);
        }
        @SuppressWarnings("unchecked")
        Class<R> type = (Class<R>) options.getClass();
        return made(type, values);
    }

    static Object value(Record options, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a record; if it refuses its values, what it throws is thrown. */
    static <R> R made(Class<R> type, Object... values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<R> constructor = type.getDeclaredConstructor(types);
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
}
