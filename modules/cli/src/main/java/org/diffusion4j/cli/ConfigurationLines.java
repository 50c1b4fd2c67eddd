package org.diffusion4j.cli;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;

/** Prints a configuration with one option per line, under its name in diffusers' files. */
final class ConfigurationLines {
    private ConfigurationLines() {}

    static List<String> of(Record configuration) {
        List<String> lines = new ArrayList<>();
        for (RecordComponent component : configuration.getClass().getRecordComponents()) {
            Object value = value(configuration, component);
            if (value instanceof Record group && !(value instanceof SampleSize)) {
                lines.addAll(of(group));
            } else if (value instanceof Map<?, ?> options) {
                options.forEach((key, option) -> lines.add(line(String.valueOf(key), option)));
            } else {
                lines.add(line(ConfigKeys.of(component.getName()), value));
            }
        }
        return lines;
    }

    static String line(String key, Object value) {
        return String.format(Locale.ROOT, "%-28s %s", key, shown(value));
    }

    private static Object value(Record configuration, RecordComponent component) {
        try {
            return component.getAccessor().invoke(configuration);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a public record's accessors are public", e);
        }
    }

    private static String shown(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(ConfigurationLines::shown).collect(Collectors.joining(", "));
        }
        if (value instanceof ConfigName named) {
            return named.configName();
        }
        if (value instanceof SchedulerKind sampler) {
            return sampler.word();
        }
        if (value instanceof SampleSize size) {
            return size.height() + "x" + size.width();
        }
        return value == null ? "-" : value.toString();
    }
}
