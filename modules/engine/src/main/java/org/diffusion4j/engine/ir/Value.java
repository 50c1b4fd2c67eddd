package org.diffusion4j.engine.ir;

import java.util.Arrays;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;

/** An array of the network: an input, a parameter or the result of an op. */
public final class Value {
    private final String name;
    private final long[] shape;
    private final DataType dataType;
    private final WeightSource parameter;
    private Node producer;

    /**
     * Makes a value.
     *
     * @param name SameDiff's name of the variable
     * @param shape the shape for a known batch size
     * @param dataType SameDiff's element type
     * @param parameter its content if it is a variable or constant; otherwise null
     */
    public Value(String name, long[] shape, DataType dataType, WeightSource parameter) {
        this.name = name;
        this.shape = shape.clone();
        this.dataType = dataType;
        this.parameter = parameter;
    }

    /**
     * SameDiff's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The shape for the network's batch size.
     *
     * @return a copy
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * The number of dimensions.
     *
     * @return the rank
     */
    public int rank() {
        return shape.length;
    }

    /**
     * A dimension's size.
     *
     * @param dimension from 0
     * @return its size
     */
    public int size(int dimension) {
        return Math.toIntExact(shape[dimension]);
    }

    /**
     * The number of elements.
     *
     * @return the product of the shape
     */
    public long length() {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /**
     * Whether the shapes are equal.
     *
     * @param other another value
     * @return true if they are equal
     */
    public boolean sameShape(Value other) {
        return Arrays.equals(shape, other.shape);
    }

    /**
     * SameDiff's type.
     *
     * @return the type
     */
    public DataType dataType() {
        return dataType;
    }

    /**
     * The content of a variable or constant.
     *
     * @return where its elements are; null if an op makes the value or the caller gives it
     */
    public WeightSource parameter() {
        return parameter;
    }

    /**
     * The node that makes the value.
     *
     * @return the node; null for inputs and parameters
     */
    public Node producer() {
        return producer;
    }

    void producedBy(Node node) {
        this.producer = node;
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
