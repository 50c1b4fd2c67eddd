package org.diffusion4j.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Requirement;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * Checks the inputs of every engine against what the graph needs. Arrays that pass the check are open, of the right shape
 * and contiguous. Native code would crash the JVM otherwise.
 */
public final class GraphInputs {
    private final SameDiff graph;
    private final Set<String> names;
    /** The number of rows of the table, for each input that picks rows of one. */
    private final Map<String, Long> tables = new HashMap<>();

    /**
     * Reads what a graph needs.
     *
     * @param graph the graph, whose placeholders have the batch as their first dimension
     */
    public GraphInputs(SameDiff graph) {
        this.graph = graph;
        this.names = new TreeSet<>(graph.inputs());
        for (SameDiffOp op : graph.getOps().values()) {
            if (op.getOp() instanceof DynamicCustomOp custom
                    && custom.opName().equals("onehot")
                    && custom.iArgs().length == 2) {
                addTable(source(op, 0), custom.iArgs()[1]);
            } else if (op.getOp().opName().equals("gather")
                    && op.getInputsToOp().size() == 2) {
                long[] table = SharedArrays.shapeOf(
                        graph.getVariable(op.getInputsToOp().get(0)));
                if (table != null) {
                    addTable(source(op, 1), table[0]);
                }
            }
        }
    }

    /** Notes that an input picks rows, unless it is a picture whose fractions the graph cuts off. */
    private void addTable(String input, long rows) {
        SDVariable variable = graph.getVariable(input);
        long[] shape = variable.isPlaceHolder() ? variable.getShape() : null;
        if (shape != null && (shape.length <= 2 || variable.dataType().isIntType())) {
            tables.merge(input, rows, Math::min);
        }
    }

    /** The variable that is an op's operand, or whose elements are cast and reshaped to that operand. */
    private String source(SameDiffOp op, int operand) {
        String name = op.getInputsToOp().get(operand);
        SameDiffOp before = graph.getOps().get(graph.getVariables().get(name).getOutputOfOp());
        boolean same = before != null
                && Set.of("cast", "reshape").contains(before.getOp().opName());
        return same ? source(before, 0) : name;
    }

    /**
     * Gives the arrays in the placeholders' types, row-major and without views. The array with the most dimensions says how
     * many images there are.
     *
     * @param given one array per placeholder, by name
     * @return arrays that may be given to native code
     * @throws IllegalArgumentException if one is missing, unknown, closed or of a wrong shape or type; the message says which
     */
    public Map<String, INDArray> checked(Map<String, INDArray> given) {
        if (!given.keySet().equals(names)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "inputs: expected %s, found %s", names, new TreeSet<>(given.keySet())));
        }
        given.forEach(GraphInputs::requireOpen);
        long batch = batch(given);
        Map<String, INDArray> placeholders = new HashMap<>();
        given.forEach((name, array) -> placeholders.put(name, checked(name, array, batch)));
        return placeholders;
    }

    /** The number of images in arrays that are checked, or are about to be checked. */
    long batch(Map<String, INDArray> given) {
        String leading = names.stream()
                .max(Comparator.comparingInt(name -> graph.getVariable(name).getShape().length))
                .orElseThrow();
        INDArray array = given.get(leading);
        require(array.rank() > 0 && array.size(0) > 0, leading, "at least one image", shape(array));
        return array.size(0);
    }

    private static void requireOpen(String name, INDArray array) {
        require(array != null, name, "an array", "null");
        require(!array.wasClosed(), name, "an open array", "a closed one");
    }

    /** The shape of an input for a number of images. */
    long[] shape(String name, long batch) {
        long[] shape = graph.getVariable(name).getShape().clone();
        if (shape.length > 0 && shape[0] < 0) {
            shape[0] = batch;
        }
        return shape;
    }

    private INDArray checked(String name, INDArray array, long batch) {
        SDVariable placeholder = graph.getVariable(name);
        long[] wanted = shape(name, batch);
        require(
                Arrays.equals(wanted, array.shape()),
                name,
                "shape " + Arrays.toString(wanted),
                Arrays.toString(array.shape()));
        // Inputs with one number per image may have any type, since timesteps are often whole numbers, and so may whole
        // numbers such as a text's tokens. Pictures of bytes are a mistake.
        boolean whole = placeholder.dataType().isIntType() || tables.containsKey(name);
        boolean number = array.dataType().isIntType() && (whole || wanted.length < 2);
        require(array.dataType().isFPType() || number, name, "numbers with fractions", array.dataType());
        if (whole || wanted.length < 2) {
            checkNumbers(name, array, placeholder.dataType().isIntType());
        }
        INDArray typed = array.castTo(placeholder.dataType());
        return typed.ordering() == 'c' && !typed.isView() ? typed : typed.dup('c');
    }

    /** Checks the numbers, since a cast would accept NaN and 1.5 as labels, and a label without a row would give zeros. */
    private void checkNumbers(String name, INDArray array, boolean whole) {
        Long rows = tables.get(name);
        for (long i = 0; i < array.length(); i++) {
            double number = array.getDouble(i);
            if (rows != null) {
                boolean isRow = number >= 0 && number < rows && number == Math.rint(number);
                require(isRow, name, "whole numbers from 0 to " + (rows - 1), number);
            } else {
                require(
                        Double.isFinite(number) && (!whole || number == Math.rint(number)),
                        name,
                        whole ? "whole numbers" : "finite numbers",
                        number);
            }
        }
    }

    /** Checks the gradient of an output, and gives it as float32, row-major. */
    static INDArray checkedGradient(String output, long[] shape, INDArray gradient) {
        String name = "gradient of " + output;
        requireOpen(name, gradient);
        require(
                Arrays.equals(shape, gradient.shape()),
                name,
                "shape " + Arrays.toString(shape),
                Arrays.toString(gradient.shape()));
        require(gradient.dataType().isFPType(), name, "numbers with fractions", gradient.dataType());
        INDArray floats = gradient.castTo(DataType.FLOAT);
        return floats.ordering() == 'c' && !floats.isView() ? floats : floats.dup('c');
    }

    private static String shape(INDArray array) {
        return "shape " + Arrays.toString(array.shape());
    }

    private static void require(boolean holds, String name, String expected, Object found) {
        Requirement.require(holds, "'" + name + "'", expected, found);
    }
}
