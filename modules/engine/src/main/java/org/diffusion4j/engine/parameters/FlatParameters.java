package org.diffusion4j.engine.parameters;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A network's trainable parameters in one stretch of memory, and their gradients in another one with the same layout, so
 * that an optimiser can loop over them. The graph's variables become views of the first, so the graph always has the newest
 * values and can be saved without a copy. Each parameter begins at a multiple of 16 elements; the elements between two
 * parameters are zero.
 */
public final class FlatParameters {
    private static final int ALIGNMENT = 16;

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final INDArray values;
    private final INDArray gradients;

    private record Slot(long offset, long length, long... shape) {}

    /**
     * Takes over a graph's trainable variables.
     *
     * @param graph a float32 graph; its variables' arrays are replaced and freed
     * @param trainable says by name which variables are taken over; the others aren't changed
     * @throws IllegalArgumentException if a trainable variable isn't float32, or there is no trainable variable
     */
    public FlatParameters(SameDiff graph, Predicate<String> trainable) {
        long length = layOut(graph, trainable);
        values = Nd4j.create(DataType.FLOAT, length);
        gradients = Nd4j.create(DataType.FLOAT, length);
        slots.forEach((name, slot) -> SharedArrays.sourceOf(graph.getVariable(name))
                .read(array -> view(values, slot).assign(array)));
        share(graph);
    }

    private FlatParameters(SameDiff graph, Predicate<String> trainable, INDArray noMemory) {
        layOut(graph, trainable);
        values = noMemory;
        gradients = noMemory;
    }

    private FlatParameters() {
        values = Nd4j.empty(DataType.FLOAT);
        gradients = values;
    }

    /**
     * No parameters at all, for a network that is only differentiated by its inputs: its variables stay where they are.
     *
     * @return parameters of length 0
     */
    public static FlatParameters none() {
        return new FlatParameters();
    }

    /**
     * The parameters of a graph, of which only the names and sizes are asked for: nothing is allocated, and the graph stays as
     * it is.
     *
     * @param graph a float32 graph
     * @param trainable says by name which variables would be taken over
     * @return parameters without memory
     * @throws IllegalArgumentException as for a graph whose variables are taken over
     */
    public static FlatParameters planned(SameDiff graph, Predicate<String> trainable) {
        return new FlatParameters(graph, trainable, Nd4j.empty(DataType.FLOAT));
    }

    /**
     * The number of elements of {@link #values()}, and of {@link #gradients()}.
     *
     * @return the length, with the elements between the parameters
     */
    public long length() {
        return slots.values().stream()
                .mapToLong(slot -> slot.offset() + aligned(slot.length()))
                .max()
                .orElse(0);
    }

    private static long aligned(long length) {
        return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Gives each trainable variable its place, and returns the length of all. */
    private long layOut(SameDiff graph, Predicate<String> trainable) {
        long length = 0;
        for (SDVariable variable : graph.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE && trainable.test(variable.name())) {
                if (variable.dataType() != DataType.FLOAT) {
                    throw new IllegalArgumentException(String.format(
                            Locale.ROOT,
                            "variable '%s': expected FLOAT, found %s",
                            variable.name(),
                            variable.dataType()));
                }
                WeightSource source = SharedArrays.sourceOf(variable);
                slots.put(variable.name(), new Slot(length, source.length(), source.shape()));
                length += aligned(source.length());
            }
        }
        if (slots.isEmpty()) {
            throw new IllegalArgumentException("parameters: expected at least one trainable variable, found none");
        }
        return length;
    }

    /**
     * Makes a graph's variables of these names views of the values.
     *
     * @param graph a graph with variables of the same names and shapes
     */
    public void share(SameDiff graph) {
        if (slots.isEmpty()) {
            return;
        }
        boolean shared = graph.getVariablesArrays() instanceof SharedArrays;
        if (!shared) {
            // SameDiff's default array holders copy a view, and keep an additional copy of every array.
            graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), true);
        }
        slots.forEach((name, slot) -> {
            INDArray before = shared ? null : graph.getVariable(name).getArr();
            graph.setArrayForVariable(name, view(values, slot));
            if (before != null && before.closeable()) {
                before.close(); // frees a large network's weights without waiting for the garbage collector
            }
        });
        Pointer.trimMemory(); // returns the memory from the allocator to the system
    }

    /**
     * Takes over all variables of a graph.
     *
     * @param graph a float32 graph; its variables' arrays are replaced and freed
     */
    public FlatParameters(SameDiff graph) {
        this(graph, name -> true);
    }

    /**
     * The parameters' names, in the order in which they lie in memory.
     *
     * @return diffusers' names
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(slots.keySet());
    }

    /**
     * The values of all parameters.
     *
     * @return the vector itself, not a copy
     */
    public INDArray values() {
        return values;
    }

    /**
     * The gradients of all parameters.
     *
     * @return the vector itself, not a copy
     */
    public INDArray gradients() {
        return gradients;
    }

    /**
     * A parameter's part of a vector that is laid out like {@link #values()}.
     *
     * @param vector a vector of the same length
     * @param name the parameter's name
     * @return a view, in the parameter's shape
     */
    public INDArray view(INDArray vector, String name) {
        return view(vector, slot(name));
    }

    /**
     * The address of a parameter in a vector that is laid out like {@link #values()}.
     *
     * @param vector a vector of the same length
     * @param name the parameter's name
     * @return the address of its first byte; the memory belongs to the vector
     */
    public Pointer address(INDArray vector, String name) {
        Slot slot = slot(name);
        return new BytePointer(vector.data().addressPointer()).getPointer(4 * slot.offset());
    }

    private Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "parameter '%s': expected one of %s", name, slots.keySet()));
        }
        return slot;
    }

    private static INDArray view(INDArray vector, Slot slot) {
        return vector.get(NDArrayIndex.interval(slot.offset(), slot.offset() + slot.length()))
                .reshape('c', slot.shape());
    }
}
