package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The buffers of values, and the steps so far. Large ops read and make images with the channels last; rare ops read them
 * row-major. A value has at most one buffer per layout; if one is missing, a step that reorders the elements is added.
 */
final class Layouts {
    private final Primitives primitives;
    private final Weights weights;
    private final Training training;
    private final Map<Value, EnumMap<Layout, Buffer>> places = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Buffer, WeightSource> constants = new HashMap<>();
    private final Map<Buffer, Buffer> narrowed = new HashMap<>();

    /**
     * Layouts without values and steps.
     *
     * @param weights the packed weights
     * @param training the training whose parameters are read in place; null to read those of the graph once
     */
    Layouts(Primitives primitives, Weights weights, Training training) {
        this.primitives = primitives;
        this.weights = weights;
        this.training = training;
    }

    List<Step> steps() {
        return steps;
    }

    Map<Buffer, WeightSource> constants() {
        return constants;
    }

    boolean isTraining() {
        return training != null;
    }

    static boolean wide(DataType type) {
        return type != DataType.FLOAT;
    }

    /** The bytes that a value takes as a buffer. */
    static long bytes(Value value) {
        return Buffer.bytes(value.length(), wide(value.dataType()));
    }

    /** A buffer for a value that the next step makes. */
    Buffer make(Value value, Layout layout) {
        Buffer buffer = new Buffer(value.length(), wide(value.dataType()), false);
        place(value, layout, buffer);
        return buffer;
    }

    void place(Value value, Layout layout, Buffer buffer) {
        places.computeIfAbsent(value, key -> new EnumMap<>(Layout.class)).put(layout, buffer);
    }

    /** The buffer of a value that the caller gives, row-major. */
    Buffer input(Value value) {
        EnumMap<Layout, Buffer> known = places.get(value);
        return known == null ? make(value, Layout.PLAIN) : known.get(Layout.PLAIN);
    }

    /** A value's buffer in a layout. */
    Buffer get(Value value, Layout layout) {
        EnumMap<Layout, Buffer> known = places.get(value);
        if (known == null) {
            place(value, Layout.PLAIN, parameter(value));
            known = places.get(value);
        }
        Buffer there = known.get(layout);
        return there != null
                ? there
                : relaid(value, layout, known.values().iterator().next());
    }

    private Buffer parameter(Value value) {
        if (value.parameter() == null) {
            throw new IllegalStateException("value " + value + " is used before it is made");
        }
        if (training != null && training.has(value)) {
            return training.value(value);
        }
        Buffer constant = new Buffer(value.length(), wide(value.dataType()), true);
        if (!weights.bind(constant, value)) {
            constants.put(constant, value.parameter());
        }
        return constant;
    }

    private Buffer relaid(Value value, Layout layout, Buffer from) {
        if (value.rank() != 4 || from.isWide()) {
            throw new IllegalStateException("value " + value + " has no layout " + layout);
        }
        Layout other = layout == Layout.PLAIN ? Layout.CHANNELS_LAST : Layout.PLAIN;
        Buffer to = make(value, layout);
        reorder(from, Primitives.image(value, other), to, Primitives.image(value, layout), value.length());
        return to;
    }

    /** A primitive's operand in the type that the primitive needs. */
    Buffer operand(Primitives.Weighted weighted, Buffer from) {
        return weighted.isNarrow() ? bf16(from) : from;
    }

    /** A buffer's elements in bf16, which are converted when they are first needed. */
    private Buffer bf16(Buffer from) {
        return narrowed.computeIfAbsent(from, key -> {
            Buffer to = new Buffer((from.length() + 1) / 2, false, false);
            memory.desc source = Primitives.plain(from.length());
            reorder(from, source, to, Primitives.of(Primitives.BF16, source), from.length());
            return to;
        });
    }

    /**
     * Gives a primitive a parameter in the layout that it needs. A parameter that changes is packed by a separate step,
     * into memory that is free again after the primitive has run: copies of all parameters would take a seventh of the
     * memory of training.
     *
     * @param step the step that reads it, which comes next
     * @param argument the step's argument that is the parameter
     * @param parameter the weight or bias
     * @param as how its plain memory is to be read
     * @param wanted the layout that the primitive needs
     */
    PrimitiveStep withParameter(PrimitiveStep step, int argument, Value parameter, memory.desc as, memory.desc wanted) {
        if (training == null || !training.has(parameter)) {
            return step.with(argument, weights.packed(parameter, as, wanted));
        }
        Buffer plain = training.value(parameter);
        if (as.equals(wanted)) {
            return step.with(argument, wanted, plain);
        }
        Buffer packed = new Buffer((wanted.get_size() + 3) / 4, false, false);
        reorder(plain, as, packed, wanted, parameter.length());
        return step.with(argument, wanted, packed);
    }

    private void reorder(Buffer from, memory.desc source, Buffer to, memory.desc target, long length) {
        int threads = primitives.threadsFor((double) length);
        reorder.primitive_desc description =
                new reorder.primitive_desc(primitives.engine(), source, primitives.engine(), target);
        steps.add(primitives
                .step(new reorder(description), threads)
                .with(DNNL_ARG_FROM, source, from)
                .with(DNNL_ARG_TO, target, to));
    }

    /** A layout that the value already has; channels last if it has both. */
    Layout first(Value value) {
        EnumMap<Layout, Buffer> known = places.get(value);
        return known != null && known.containsKey(Layout.CHANNELS_LAST) ? Layout.CHANNELS_LAST : Layout.PLAIN;
    }

    /** The row-major buffer of an optional value; null for null. */
    Buffer optional(Value value) {
        return value == null ? null : get(value, Layout.PLAIN);
    }

    void add(Step step) {
        steps.add(step);
    }

    void loop(Runnable loop, Buffer... buffers) {
        loop(Stage.whole(loop), buffers);
    }

    void loop(Stage stage, Buffer... buffers) {
        loop(List.of(stage), buffers);
    }

    void loop(List<Stage> stages, Buffer... buffers) {
        add(loopStep(stages, buffers));
    }

    void elementwise(Runnable loop, Buffer result, Buffer... operands) {
        elementwise(Stage.whole(loop), result, operands);
    }

    /** A loop that makes each element of a result from those of its operands in the same place. */
    void elementwise(Stage loop, Buffer result, Buffer... operands) {
        List<Buffer> read = present(operands);
        List<Buffer> all = new ArrayList<>(read);
        all.add(result);
        add(new LoopStep(all, List.of(loop), result, read));
    }

    /** A loop whose result may take the place of one of its operands. */
    void overwriting(List<Stage> stages, Buffer result, Buffer operand, Buffer... buffers) {
        add(new LoopStep(present(buffers), stages, result, List.of(operand)));
    }

    private static List<Buffer> present(Buffer... buffers) {
        return Stream.of(buffers).filter(buffer -> buffer != null).toList();
    }

    static Step loopStep(List<Stage> stages, Buffer... buffers) {
        return new LoopStep(present(buffers), stages, null, List.of());
    }
}
