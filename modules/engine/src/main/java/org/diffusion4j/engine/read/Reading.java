package org.diffusion4j.engine.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.GraphReader;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads a SameDiff graph: the ops that its outputs need, in order, with all shapes for one batch size. */
public final class Reading {
    /** The element types that are read. Only float32 has fast loops; the others are computed by plain loops. */
    private static final Set<DataType> TYPES =
            EnumSet.of(DataType.FLOAT, DataType.DOUBLE, DataType.INT32, DataType.INT64, DataType.BOOL);

    private final GraphReader graph;
    private final Function<SDVariable, WeightSource> contents;
    private final long batch;
    private final Map<String, Value> values = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private Reading(SameDiff graph, Function<SDVariable, WeightSource> contents, long batch) {
        this.graph = new GraphReader(graph);
        this.contents = contents;
        this.batch = batch;
    }

    /**
     * The result of reading.
     *
     * @param nodes in an order in which they can run
     * @param inputs the placeholders by name
     * @param outputs the results by name
     */
    public record Result(List<Node> nodes, Map<String, Value> inputs, Map<String, Value> outputs) {}

    /**
     * Reads a graph.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents gives the content of a variable or constant, in its shape
     * @param outputs the names of the outputs
     * @param batch the batch size
     * @return the network
     * @throws UnsupportedGraphException if an op, or an argument of an op, isn't supported; the message names it
     */
    public static Result of(
            SameDiff graph, Function<SDVariable, WeightSource> contents, Collection<String> outputs, long batch) {
        Reading reading = new Reading(graph, contents, batch);
        for (SourceOp op : reading.graph.needed(outputs)) {
            Readers.of(op).read(op, op.operands().stream().map(reading::value).toList(), reading);
        }
        Map<String, Value> inputs = new HashMap<>();
        for (String name : reading.graph.placeholders()) {
            inputs.put(name, reading.value(name));
        }
        Map<String, Value> results = new LinkedHashMap<>();
        for (String name : outputs) {
            Value result = reading.value(name);
            require(result.producer() != null, name, "an op that makes it", "none");
            require(result.dataType() == DataType.FLOAT, name, "type FLOAT", result.dataType());
            results.put(name, result);
        }
        return new Result(reading.nodes, inputs, results);
    }

    private Value value(String name) {
        Value known = values.get(name);
        if (known == null) {
            known = given(name);
            values.put(name, known);
        }
        return known;
    }

    /** Gives the value of a placeholder, variable or constant. */
    private Value given(String name) {
        SDVariable variable = graph.variable(name);
        require(TYPES.contains(variable.dataType()), name, "one of the types " + TYPES, variable.dataType());
        if (graph.isPlaceholder(name)) {
            return new Value(name, placeholderShape(variable), variable.dataType(), null);
        }
        WeightSource source = graph.isParameter(name) ? contents.apply(variable) : null;
        require(source != null && source.length() > 0, name, "an op that makes it, or elements", source);
        return new Value(name, source.shape(), source.dataType(), source);
    }

    private long[] placeholderShape(SDVariable placeholder) {
        long[] shape = placeholder.getShape();
        boolean fits = shape != null && shape.length > 0 && shape[0] < 0;
        for (int i = 1; fits && i < shape.length; i++) {
            fits = shape[i] > 0;
        }
        require(fits, placeholder.name(), "the batch in front and the other dimensions known", Arrays.toString(shape));
        long[] known = shape.clone();
        known[0] = batch;
        return known;
    }

    private static void require(boolean holds, String variable, String expected, Object found) {
        if (!holds) {
            throw new UnsupportedGraphException(
                    String.format(Locale.ROOT, "variable '%s': expected %s, found %s", variable, expected, found));
        }
    }

    /** The type of a variable according to SameDiff. */
    DataType type(String variable) {
        return graph.variable(variable).dataType();
    }

    /** Adds an op that makes one of SameDiff's variables. */
    void emit(Op op, String output, long... shape) {
        DataType type = type(output);
        require(TYPES.contains(type), output, "one of the types " + TYPES, type);
        require(LongStream.of(shape).allMatch(size -> size > 0), output, "elements", Arrays.toString(shape));
        emit(op, new Value(output, shape, type, null));
    }

    /** Adds an op that makes a value that isn't one of SameDiff's variables. */
    void emit(Op op, Value value) {
        values.put(value.name(), value);
        nodes.add(new Node(op, value));
    }

    /** Adds a constant, for a result that doesn't depend on the inputs. */
    void constant(String name, INDArray numbers) {
        values.put(name, new Value(name, numbers.shape(), numbers.dataType(), WeightSource.of(numbers)));
    }

    /** Refuses an op whose result isn't in floating point, since arithmetic on whole numbers overflows and cuts off differently. */
    void requireFractions(SourceOp op) {
        DataType type = type(op.result());
        op.require(type.isFPType(), "a result in floating point", type);
    }
}
