package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.diffusion.DiffusersKeys;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.option.ConfigValue;
import org.diffusion4j.graph.option.Extension;
import org.diffusion4j.graph.option.OrNull;

/**
 * Reads and writes a network's options in its configuration file: each component of their record has diffusers' name, and a
 * form that depends on its type.
 */
final class RecordFields {
    private RecordFields() {}

    /**
     * Reads a record.
     *
     * @param fields the fields of the file
     * @param defaults the values of keys that the file doesn't have
     */
    static <R extends Record> R read(ConfigFields fields, R defaults) {
        RecordComponent[] components = defaults.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            int index = i;
            RecordComponent component = components[i];
            String key = key(component);
            values[i] = value(defaults, component);
            fields.present(key, node -> values[index] = value(fields, key, component, node));
        }
        return fields.build(() -> made(defaults, components, values));
    }

    static String key(RecordComponent component) {
        return DiffusersKeys.of(component.getName());
    }

    static Object value(Record options, RecordComponent component) {
        try {
            return component.getAccessor().invoke(options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a public record's accessors are public", e);
        }
    }

    private static <R extends Record> R made(R defaults, RecordComponent[] components, Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            @SuppressWarnings("unchecked")
            Constructor<R> constructor = (Constructor<R>) defaults.getClass().getConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a public record's constructor is public", e);
        }
    }

    private static Object value(ConfigFields fields, String key, RecordComponent component, JsonNode node) {
        Class<?> type = component.getType();
        if (type == List.class) {
            Type element = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return List.copyOf(fields.listOf(key, node, item -> single(fields, key, (Class<?>) element, item)));
        }
        boolean nullable = !type.isPrimitive() && (!type.isEnum() || component.isAnnotationPresent(OrNull.class));
        return node.isNull() && nullable ? null : single(fields, key, type, node);
    }

    private static Object single(ConfigFields fields, String key, Class<?> type, JsonNode node) {
        if (type == boolean.class) {
            return fields.truthOf(key, node);
        }
        if (type == int.class || type == Integer.class) {
            return fields.integerOf(key, node);
        }
        if (type == double.class) {
            return fields.numberOf(key, node);
        }
        if (type == SampleSize.class) {
            return sampleSize(fields, key, node);
        }
        return fields.parsed(key, node, word -> word(type, key, word));
    }

    private static SampleSize sampleSize(ConfigFields fields, String key, JsonNode node) {
        boolean pair = node.isArray() && node.size() == 2;
        if (node.isArray() && !pair) {
            throw fields.expected(key, "a whole number or [height, width]", node);
        }
        int height = fields.integerOf(key, pair ? node.get(0) : node);
        int width = fields.integerOf(key, pair ? node.get(1) : node);
        return fields.checked(() -> new SampleSize(height, width));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a component of another type fails here with its class's name
    private static Object word(Class<?> type, String key, String word) {
        return ConfigValue.of((Class) type, key, word);
    }

    /** A record's keys and values, without those extensions of diffusers that have their default values. */
    static ObjectNode write(Record options, Record defaults) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (RecordComponent component : options.getClass().getRecordComponents()) {
            Object value = value(options, component);
            boolean written = !component.isAnnotationPresent(Extension.class)
                    || !Objects.equals(value, value(defaults, component));
            if (written) {
                json.set(key(component), node(value));
            }
        }
        return json;
    }

    private static JsonNode node(Object value) {
        JsonNodeFactory factory = JsonNodeFactory.instance;
        if (value instanceof List<?> list) {
            ArrayNode array = factory.arrayNode(list.size());
            list.forEach(element -> array.add(node(element)));
            return array;
        }
        if (value instanceof SampleSize size) {
            return size.height() == size.width()
                    ? factory.numberNode(size.height())
                    : factory.arrayNode().add(size.height()).add(size.width());
        }
        if (value instanceof ConfigValue word) {
            return factory.textNode(word.key());
        }
        if (value instanceof Boolean truth) {
            return factory.booleanNode(truth);
        }
        if (value instanceof Double number) {
            return factory.numberNode(number);
        }
        return value == null ? factory.nullNode() : factory.numberNode((int) value);
    }
}
