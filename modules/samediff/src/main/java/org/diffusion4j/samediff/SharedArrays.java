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
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.weightinit.WeightInitScheme;
import org.nd4j.weightinit.impl.ConstantInitScheme;

/**
 * The arrays of a graph's variables, if they belong to somebody else. The graph makes copies only of those that it is asked
 * for, and an engine reads the others from their sources, so weights aren't in memory again for each graph. The sources must
 * not change or be closed while the graph is used.
 */
public final class SharedArrays implements ArrayHolder {
    private final Map<String, WeightSource> shared;
    private final Map<String, INDArray> own = new HashMap<>();
    private final Map<String, String> sharedNames = new HashMap<>();
    /** Stands for the array of a variable whose source wasn't read. */
    private final INDArray unread = Nd4j.empty(DataType.FLOAT);

    /**
     * Makes a holder of arrays that a graph doesn't copy.
     *
     * @param shared float32 arrays by the names of the graph's variables
     */
    public SharedArrays(Map<String, ? extends WeightSource> shared) {
        this.shared = Map.copyOf(shared);
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
        // SameDiff insists on making the array itself, by such a scheme, and then gives it to this holder.
        WeightInitScheme scheme = new ConstantInitScheme('c', 0) {
            @Override
            public INDArray create(DataType dataType, long... shape) {
                return unread;
            }
        };
        WeightSource source = shared.get(name);
        return graph.var(name, VariableType.VARIABLE, scheme, source.dataType(), source.shape());
    }

    /**
     * A parameter's shape. SameDiff's own {@code getShape} asks for the whole array, which would be read from its source.
     *
     * @param variable a variable, constant or placeholder of any graph
     * @return its shape, as SameDiff gives it
     */
    public static long[] shapeOf(SDVariable variable) {
        SharedArrays holder = holder(variable);
        WeightSource source = holder == null ? null : holder.source(variable.name());
        return source == null ? variable.getShape() : source.shape();
    }

    /**
     * Where the elements of a variable or constant are.
     *
     * @param variable one of any graph
     * @return its shared source, or its array; null if it has neither
     */
    public static WeightSource sourceOf(SDVariable variable) {
        SharedArrays holder = holder(variable);
        WeightSource shared = holder == null ? null : holder.source(variable.name());
        INDArray array = shared == null ? variable.getArr() : null;
        return array == null ? shared : WeightSource.of(array);
    }

    private static SharedArrays holder(SDVariable variable) {
        return variable.getSameDiff().getVariablesArrays() instanceof SharedArrays arrays ? arrays : null;
    }

    /**
     * Where the elements of a variable of this holder's graph are.
     *
     * @param name the variable's name
     * @return the graph's own array if it has one, otherwise the shared one; null if there is neither
     */
    public synchronized WeightSource source(String name) {
        INDArray known = own.get(name);
        String source = sharedNames.get(name);
        return known != null ? WeightSource.of(known) : source == null ? null : shared.get(source);
    }

    /**
     * Gives the sources that a graph still shares.
     *
     * @return the sources by the names of their variables, without those that the graph has its own arrays for; a copy of the
     *     map
     */
    public synchronized Map<String, WeightSource> shared() {
        Map<String, WeightSource> left = new HashMap<>();
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
            known = copy(sharedNames.get(name));
            own.put(name, known);
        }
        return known;
    }

    @Override
    public synchronized void setArray(String name, INDArray array) {
        if (array != unread) {
            own.put(name, array);
        }
    }

    @Override
    public synchronized INDArray removeArray(String name) {
        INDArray removed = own.remove(name);
        String source = sharedNames.remove(name);
        return removed != null || source == null ? removed : copy(source);
    }

    private INDArray copy(String source) {
        return shared.get(source).use(array -> array.dup('c'));
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
