package org.diffusion4j.samediff;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.nd4j.autodiff.samediff.ArrayHolder;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.weightinit.WeightInitScheme;
import org.nd4j.weightinit.impl.ConstantInitScheme;

/**
 * The arrays of a graph's variables, if they belong to somebody else. The graph makes copies only of those that it is asked
 * for, and an engine reads the others in place, so weights are in memory only once, and not again in each graph. The arrays
 * must not change or be closed while the graph is used.
 */
public final class SharedArrays implements ArrayHolder {
    private final Map<String, INDArray> shared;
    private final Map<String, INDArray> own = new HashMap<>();
    private final Map<String, String> sharedNames = new HashMap<>();

    /**
     * Makes a holder of arrays that a graph doesn't copy.
     *
     * @param shared float32 arrays by the names of the graph's variables
     */
    public SharedArrays(Map<String, INDArray> shared) {
        this.shared = shared;
        shared.keySet().forEach(name -> sharedNames.put(name, name));
    }

    /**
     * Adds a variable with a shared array to a graph that has this holder. Nothing is copied.
     *
     * @param graph a graph that was given this holder with {@code setArrayHolders}
     * @param name the name of the array, which becomes the variable's name
     * @return the variable
     */
    public SDVariable addTo(SameDiff graph, String name) {
        INDArray array = shared.get(name);
        // SameDiff insists on making the array itself, by such a scheme.
        WeightInitScheme scheme = new ConstantInitScheme('c', 0) {
            @Override
            public INDArray create(DataType dataType, long... shape) {
                return array;
            }
        };
        return graph.var(name, VariableType.VARIABLE, scheme, array.dataType(), array.shape());
    }

    /**
     * Gives an array for reading only.
     *
     * @param name the variable's name
     * @return the graph's own array if it has one, otherwise the shared one; null if there is neither
     */
    public synchronized INDArray read(String name) {
        INDArray known = own.get(name);
        String source = sharedNames.get(name);
        return known != null || source == null ? known : shared.get(source);
    }

    /**
     * Gives the arrays that a graph still shares.
     *
     * @return the arrays by the names of their variables, without those that the graph has its own arrays for; a copy of the
     *     map
     */
    public synchronized Map<String, INDArray> shared() {
        Map<String, INDArray> left = new HashMap<>();
        sharedNames.forEach((name, source) -> left.put(name, shared.get(source)));
        left.keySet().removeAll(own.keySet());
        return left;
    }

    @Override
    public synchronized boolean hasArray(String name) {
        return own.containsKey(name) || sharedNames.containsKey(name);
    }

    /** Gives the graph's own array, since the caller may change it. */
    @Override
    public synchronized INDArray getArray(String name) {
        INDArray known = own.get(name);
        if (known == null && sharedNames.containsKey(name)) {
            known = shared.get(sharedNames.get(name)).dup('c');
            own.put(name, known);
        }
        return known;
    }

    @Override
    public synchronized void setArray(String name, INDArray array) {
        String source = sharedNames.get(name);
        if (source == null || shared.get(source) != array) {
            own.put(name, array);
        }
    }

    @Override
    public synchronized INDArray removeArray(String name) {
        INDArray removed = own.remove(name);
        String source = sharedNames.remove(name);
        return removed != null || source == null ? removed : shared.get(source);
    }

    @Override
    public synchronized int size() {
        return arrayNames().size();
    }

    @Override
    public synchronized void initFrom(ArrayHolder other) {
        other.arrayNames().forEach(name -> own.put(name, other.getArray(name)));
    }

    @Override
    public synchronized Collection<String> arrayNames() {
        Collection<String> names = new TreeSet<>(sharedNames.keySet());
        names.addAll(own.keySet());
        return names;
    }

    @Override
    public synchronized void rename(String from, String to) {
        if (own.containsKey(from)) {
            own.put(to, own.remove(from));
        }
        if (sharedNames.containsKey(from)) {
            sharedNames.put(to, sharedNames.remove(from));
        }
    }
}
