package org.diffusion4j.graph.build;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parameters from a file or another network. They must be exactly those that the network has, each of the right shape. */
public final class GivenParameters implements Parameters {
    private final SameDiff sd;
    private final DataType dataType;
    private final Map<String, ? extends WeightSource> arrays;
    /** Null if the graph gets copies. */
    private final SharedArrays shared;

    private final Set<String> taken = new HashSet<>();

    private GivenParameters(
            SameDiff sd, DataType dataType, Map<String, ? extends WeightSource> arrays, SharedArrays shared) {
        this.sd = sd;
        this.dataType = dataType;
        this.arrays = arrays;
        this.shared = shared;
    }

    /**
     * Parameters of a graph, which gets copies: two networks of the same arrays don't train each other.
     *
     * @param sd the graph
     * @param dataType of its parameters
     * @param arrays by diffusers' name
     * @return the parameters
     */
    public static GivenParameters copied(SameDiff sd, DataType dataType, Map<String, ? extends WeightSource> arrays) {
        return new GivenParameters(sd, dataType, arrays, null);
    }

    /**
     * Parameters of a graph in float32, which knows the arrays' shapes and reads those only that it is asked for.
     *
     * @param sd the graph; it gets a holder for its variables' arrays
     * @param arrays float32, by diffusers' name; they stay as they are, and open, for as long as the graph is used
     * @return the parameters
     */
    public static GivenParameters shared(SameDiff sd, Map<String, ? extends WeightSource> arrays) {
        SharedArrays shared = new SharedArrays(arrays);
        sd.setArrayHolders(shared, new SingleThreadArrayHolder(), true);
        return new GivenParameters(sd, DataType.FLOAT, arrays, shared);
    }

    @Override
    public SDVariable parameter(String name, Initial initial, boolean trainable, long... shape) {
        WeightSource array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "'%s': expected a tensor of shape %s, found none", name, Arrays.toString(shape)));
        }
        if (!Arrays.equals(array.shape(), shape)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "'%s': expected shape %s, found %s",
                    name,
                    Arrays.toString(shape),
                    Arrays.toString(array.shape())));
        }
        taken.add(name);
        if (shared != null && trainable && array.dataType() == dataType) {
            return shared.addTo(sd, name);
        }
        INDArray own = array.use(lent -> lent.dataType() == dataType ? lent.dup('c') : lent.castTo(dataType));
        return trainable ? sd.var(name, own) : sd.constant(name, own);
    }

    /**
     * Refuses arrays that no layer has asked for. Call it when the whole network is built.
     *
     * @throws IllegalArgumentException if there are such arrays; the message names one
     */
    public void requireAllTaken() {
        Set<String> surplus = new TreeSet<>(arrays.keySet());
        surplus.removeAll(taken);
        if (!surplus.isEmpty()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "'%s': expected none of that name in this network, found one%s",
                    surplus.iterator().next(),
                    surplus.size() == 1 ? "" : " (and " + (surplus.size() - 1) + " more)"));
        }
    }
}
