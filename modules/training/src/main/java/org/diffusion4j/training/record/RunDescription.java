package org.diffusion4j.training.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.SchedulerConfigJson;
import org.diffusion4j.weights.diffusers.UNetConfigJson;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.tensor.ArraysSum;

/**
 * What a run was asked for, and what it is computed with: plan, network, noise schedule, pictures, the weights that it began
 * with, engine and Java; each value as text under its name. It lies in the run's folder and in every checkpoint. A run goes
 * on with the same, but for more steps and what is allowed to differ.
 *
 * @param values part by part, as in {@value #FILE}
 */
public record RunDescription(ObjectNode values) {
    /** The file's name, in a run's folder and in a checkpoint. */
    public static final String FILE = "run.json";

    private static final String PLAN = "plan";
    private static final String NETWORK = "network";
    private static final String SCHEDULER = "scheduler";
    private static final String PICTURES = "pictures";
    private static final String MODEL = "model";
    private static final String COMPUTER = "computer";
    private static final List<String> PARTS = List.of(PLAN, NETWORK, SCHEDULER, PICTURES, MODEL, COMPUTER);

    private static final String STEPS = "steps";
    private static final String LEARNING_RATE = "learningRate";
    private static final String SUM = "sha256";
    /** Of the pictures, what the network is built for: never another. */
    private static final Set<String> SHAPE = Set.of("channels", "height", "width", "classes");

    private static final int LONGEST_VALUE = 100;
    private static final int LONGEST_LIST = 300;

    /**
     * A value that has changed.
     *
     * @param words says which value it is and how it has changed
     * @param kind by which it may be allowed; null if it can't be
     */
    private record Difference(String words, RunDifference kind) {}

    /**
     * What a run is computed with.
     *
     * @param engine what runs the network; described by what it stands for on this machine
     * @param threads how many
     * @param precision what the network multiplies; likewise
     */
    public record Computer(EngineKind engine, int threads, Precision precision) {}

    /**
     * What learns, and what it learns.
     *
     * @param network the options of what learns, and what of it
     * @param scheduler the noise schedule's options
     * @param pictures what the pictures are, by name
     * @param sum of the weights that it begins with
     */
    public record Subject(ObjectNode network, ObjectNode scheduler, Map<String, String> pictures, String sum) {
        /**
         * A network that draws pictures of classes, or any pictures.
         *
         * @param model what is trained, with a scheduler
         * @param pictures what it learns
         * @return the subject
         */
        public static Subject of(DiffusersModel model, PictureSource pictures) {
            return new Subject(
                    UNetConfigJson.toJson(model.config()),
                    SchedulerConfigJson.toJson(model.scheduler()),
                    pictures(pictures),
                    ArraysSum.of(model.weights()));
        }

        /**
         * What pictures are.
         *
         * @param pictures any
         * @return their number, size and classes, and what they say of themselves
         */
        public static Map<String, String> pictures(PictureSource pictures) {
            Map<String, String> source = new LinkedHashMap<>();
            source.put("count", Integer.toString(pictures.size()));
            source.put("channels", Integer.toString(pictures.channels()));
            source.put("height", Integer.toString(pictures.height()));
            source.put("width", Integer.toString(pictures.width()));
            source.put("classes", String.join(", ", pictures.classNames()));
            source.putAll(pictures.description());
            return source;
        }
    }

    /**
     * The description of a run that begins or goes on.
     *
     * @param plan how
     * @param subject what is trained, and on what
     * @param computer what computes
     * @return the description
     */
    public static RunDescription of(TrainingPlan plan, Subject subject, Computer computer) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        put(values.putObject(PLAN), plan);
        putAll(values.putObject(NETWORK), subject.network());
        putAll(values.putObject(SCHEDULER), subject.scheduler());
        ObjectNode source = values.putObject(PICTURES);
        subject.pictures().forEach(source::put);
        values.putObject(MODEL).put(SUM, subject.sum());
        values.putObject(COMPUTER)
                .put(RunDifference.ENGINE.key(), computer.engine().here().key())
                .put(RunDifference.THREADS.key(), Integer.toString(computer.threads()))
                .put(
                        RunDifference.PRECISION.key(),
                        computer.engine().resolve(computer.precision()).toString())
                .put(
                        RunDifference.JAVA.key(),
                        Integer.toString(Runtime.version().feature()));
        return new RunDescription(values);
    }

    /** Under diffusers' names, which stay the same whatever Java's are; its version is no part of what is asked for. */
    private static void putAll(ObjectNode values, ObjectNode json) {
        json.properties().forEach(entry -> values.put(entry.getKey(), text(entry.getValue())));
        values.remove("_diffusers_version");
    }

    private static String text(JsonNode value) {
        if (value.isArray()) {
            // Not by a stream of JsonNode's: Spark's Jackson has none.
            return StreamSupport.stream(value.spliterator(), false)
                    .map(RunDescription::text)
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return value.isTextual() ? value.textValue() : value.toString();
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

    /**
     * Reads a description.
     *
     * @param folder the folder of a run or a checkpoint
     * @return the description; null if there is none
     * @throws Diffusion4jException if it isn't JSON
     */
    public static RunDescription read(Path folder) {
        Path file = folder.resolve(FILE);
        return Files.exists(file) ? new RunDescription(JsonFile.read(file)) : null;
    }

    /**
     * Writes the description, first next to its place.
     *
     * @param folder the folder of a run or a checkpoint
     * @throws Diffusion4jException if it can't be written
     */
    public void write(Path folder) {
        JsonFile.write(folder.resolve(FILE), values);
    }

    /**
     * Checks that a run which goes on is the one that began.
     *
     * @param now what goes on
     * @param allowed what may differ
     * @param folder where this one was read
     * @return what differs and may, in plain words
     * @throws Diffusion4jException that names all that differs and may not
     */
    public List<String> requireSame(RunDescription now, Set<RunDifference> allowed, Path folder) {
        List<Difference> all = differences(now);
        List<Difference> refused = all.stream()
                .filter(each -> each.kind == null || !allowed.contains(each.kind))
                .toList();
        if (refused.isEmpty()) {
            return all.stream().map(Difference::words).toList();
        }
        throw new Diffusion4jException(folder.resolve(FILE) + ": expected what the run began with, found "
                + list(refused) + remedy(refused, allowed));
    }

    private static String list(List<Difference> refused) {
        StringBuilder list = new StringBuilder();
        int left = refused.size();
        for (Difference each : refused) {
            if (list.length() + each.words.length() > LONGEST_LIST && list.length() > 0) {
                return list + ", and " + left + " more";
            }
            list.append(list.length() == 0 ? "" : ", ").append(each.words);
            left--;
        }
        return list.toString();
    }

    private String remedy(List<Difference> refused, Set<RunDifference> allowed) {
        if (refused.stream().allMatch(each -> each.kind != null)) {
            Set<RunDifference> needed = new TreeSet<>(allowed);
            refused.forEach(each -> needed.add(each.kind));
            return "; --allow " + needed.stream().map(RunDifference::key).collect(Collectors.joining(","))
                    + " goes on all the same";
        }
        boolean rate = refused.stream().anyMatch(each -> each.words.startsWith(words(LEARNING_RATE)));
        return rate ? "; a schedule that ends with the run can't go on: train its model further instead" : "";
    }

    private List<Difference> differences(RunDescription now) {
        List<Difference> differences = new ArrayList<>();
        for (String part : PARTS) {
            if (!(values.get(part) instanceof ObjectNode before)) {
                addMissing(part, now, differences);
                continue;
            }
            JsonNode others = now.values.path(part);
            TreeSet<String> names = new TreeSet<>();
            before.fieldNames().forEachRemaining(names::add);
            others.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                JsonNode was = before.path(name);
                JsonNode is = others.path(name);
                boolean longer = part.equals(PLAN) && name.equals(STEPS) && isMore(is.asText(), was.asText());
                if (!was.equals(is) && !longer && !isNewDefault(part, was, name, is)) {
                    differences.add(new Difference(words(part, name, was, is), kind(part, name)));
                }
            }
        }
        return differences;
    }

    /** A run of an earlier version says nothing of what a plan couldn't have then. */
    private static boolean isNewDefault(String part, JsonNode was, String name, JsonNode now) {
        if (!part.equals(PLAN) || !was.isMissingNode()) {
            return false;
        }
        ObjectNode defaults = JsonNodeFactory.instance.objectNode();
        put(defaults, TrainingPlan.defaults());
        return now.equals(defaults.get(name));
    }

    /** A run of an earlier version says nothing of some; one that says nothing of its plan is none. */
    private static void addMissing(String part, RunDescription now, List<Difference> differences) {
        if (part.equals(COMPUTER)) {
            now.values
                    .path(part)
                    .fieldNames()
                    .forEachRemaining(
                            name -> differences.add(new Difference("nothing about " + name, kind(part, name))));
        } else {
            differences.add(
                    new Difference("nothing about the " + part, part.equals(MODEL) ? RunDifference.MODEL : null));
        }
    }

    private static boolean isMore(String now, String before) {
        return before.matches("\\d{1,18}") && Long.parseLong(now) >= Long.parseLong(before);
    }

    private static RunDifference kind(String part, String name) {
        return switch (part) {
            case COMPUTER ->
                List.of(RunDifference.values()).stream()
                        .filter(kind -> kind.key().equals(name))
                        .findFirst()
                        .orElse(null);
            case MODEL -> RunDifference.MODEL;
            case PICTURES -> SHAPE.contains(name) ? null : RunDifference.DATA;
            default -> null;
        };
    }

    private static String words(String part, String name, JsonNode before, JsonNode now) {
        if (name.equals(SUM)) {
            return part.equals(MODEL)
                    ? "another model to begin with (or another seed of it)"
                    : "other pictures (or other names of them)";
        }
        String subject =
                switch (part) {
                    case PICTURES -> name.equals("count") ? "number of pictures" : "pictures' " + words(name);
                    case COMPUTER -> name.equals(RunDifference.JAVA.key()) ? "Java" : name;
                    case PLAN -> words(name);
                    default -> words(name) + " of the " + part;
                };
        return subject + " " + shown(now) + " in place of " + shown(before);
    }

    private static String words(String name) {
        return RecordText.words(name);
    }

    private static String shown(JsonNode value) {
        String text = value.isMissingNode() ? "none" : value.isTextual() ? value.textValue() : value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }
}
