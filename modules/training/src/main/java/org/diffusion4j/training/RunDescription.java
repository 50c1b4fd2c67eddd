package org.diffusion4j.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.weights.JsonFile;

/**
 * What a run was asked for: plan, network, noise schedule and pictures, each value as text under its name. A run goes on
 * with the same alone, but for more steps.
 */
record RunDescription(ObjectNode values) {
    private static final String FILE = "run.json";
    private static final String PLAN = "plan";
    private static final String STEPS = "steps";
    private static final String LEARNING_RATE = "learningRate";

    static RunDescription of(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        put(values.putObject(PLAN), plan);
        put(values.putObject("network"), model.config());
        put(values.putObject("scheduler"), model.scheduler());
        ObjectNode source = values.putObject("pictures");
        source.put("count", Integer.toString(pictures.size()))
                .put("channels", Integer.toString(pictures.channels()))
                .put("height", Integer.toString(pictures.height()))
                .put("width", Integer.toString(pictures.width()))
                .put("classes", String.join(", ", pictures.classNames()));
        pictures.description().forEach(source::put);
        return new RunDescription(values);
    }

    /** All components: one that is added later is compared as well. */
    private static void put(ObjectNode values, Record value) {
        try {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                values.put(
                        component.getName(),
                        String.valueOf(component.getAccessor().invoke(value)));
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the accessors of a public record are public", e);
        }
    }

    private static boolean isMore(String now, String before) {
        return before.matches("\\d{1,18}") && Long.parseLong(now) >= Long.parseLong(before);
    }

    /** The description in a run's folder; null if there is none. */
    static RunDescription read(Path folder) {
        Path file = folder.resolve(FILE);
        return Files.exists(file) ? new RunDescription(JsonFile.read(file)) : null;
    }

    void write(Path folder) {
        JsonFile.write(folder.resolve(FILE), values);
    }

    /**
     * Checks that a run which goes on is the one that began.
     *
     * @throws Diffusion4jException that names what differs
     */
    void requireSame(RunDescription other, Path folder) {
        for (Map.Entry<String, JsonNode> part : values.properties()) {
            JsonNode others = other.values.path(part.getKey());
            TreeSet<String> names = new TreeSet<>();
            part.getValue().fieldNames().forEachRemaining(names::add);
            others.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                String before = part.getValue().path(name).asText();
                String now = others.path(name).asText();
                boolean longer = part.getKey().equals(PLAN) && name.equals(STEPS) && isMore(now, before);
                if (!before.equals(now) && !longer) {
                    String remedy = name.equals(LEARNING_RATE)
                            ? "; a schedule that ends with the run can't go on: train its model further instead"
                            : "";
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "%s, %s of the %s: expected %s, as the run began with, found %s%s",
                            folder.resolve(FILE),
                            name,
                            part.getKey(),
                            before,
                            now,
                            remedy));
                }
            }
        }
    }
}
