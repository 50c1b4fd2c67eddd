package org.diffusion4j.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.graph.build.Branches;
import org.diffusion4j.graph.build.GivenParameters;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.InitialParameters;
import org.diffusion4j.graph.build.InitialWeight;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Builds a network's SameDiff graph, whose variables have the names of diffusers or transformers. Each network has a class of
 * this kind, which names the graph's placeholders and outputs and adds what its inputs' sizes are.
 *
 * @param <G> the network's own class
 */
public abstract class NetworkGraph<G extends NetworkGraph<G>> {
    private DataType dataType = DataType.FLOAT;
    private long seed;
    private Map<String, ? extends WeightSource> weights;
    private boolean shared;
    private boolean training;
    private Branches branches = Branches.NONE;

    /** For the networks' own classes. */
    protected NetworkGraph() {}

    /**
     * This object by its own class.
     *
     * @return this
     */
    protected abstract G self();

    /**
     * Adds the placeholders and the network to a graph.
     *
     * @param sd an empty graph
     * @param scope where the parameters come from
     * @throws IllegalArgumentException if a size is missing or impossible
     */
    protected abstract void addTo(SameDiff sd, ParameterScope scope);

    /**
     * Adds the network to a larger graph.
     *
     * @param sd the graph
     * @param scope where the parameters come from, and what their names begin with
     * @throws IllegalArgumentException if a size is missing or impossible
     */
    public void addInto(SameDiff sd, ParameterScope scope) {
        addTo(sd, scope);
    }

    /**
     * Sets the type of parameters and activations.
     *
     * @param dataType float or double
     * @return this
     */
    public G dataType(DataType dataType) {
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
            throw new IllegalArgumentException("data type: expected FLOAT or DOUBLE, found " + dataType);
        }
        this.dataType = dataType;
        return self();
    }

    /**
     * The type of parameters and activations.
     *
     * @return float, if no other was set
     */
    protected DataType dataType() {
        return dataType;
    }

    /**
     * Sets the seed of the initial weights, which are drawn from the same distributions as PyTorch's defaults.
     *
     * @param seed any number
     * @return this
     */
    public G seed(long seed) {
        this.seed = seed;
        return self();
    }

    /**
     * Sets the weights, in place of initial ones. They are copied.
     *
     * @param weights every parameter by its name, as {@link NetworkConfig#parameterShapes} lists them
     * @return this
     */
    public G weights(Map<String, INDArray> weights) {
        Map<String, WeightSource> sources = new LinkedHashMap<>();
        weights.forEach((name, array) -> sources.put(name, WeightSource.of(array)));
        this.weights = sources;
        this.shared = false;
        return self();
    }

    /**
     * Sets the weights, in place of initial ones, without reading them: the graph knows their shapes, reads an array when it
     * is asked for it, and an engine reads them from their sources when it packs them.
     *
     * @param weights as for {@link #weights}, in float32; they stay as they are, and open, for as long as the graph or an
     *     engine of it is used
     * @return this
     */
    public G sharedWeights(Map<String, ? extends WeightSource> weights) {
        this.weights = weights;
        this.shared = true;
        return self();
    }

    /**
     * Sets whether the graph is one to train with: dropout is active, and batch norm uses the batch's statistics.
     *
     * @param training true for a graph to train with
     * @return this
     */
    public G training(boolean training) {
        this.training = training;
        return self();
    }

    /**
     * Sets what runs beside the layers. The branches' parameters belong to the graph's, so they are among the weights if these are
     * set.
     *
     * @param branches such as {@link org.diffusion4j.graph.lora.LoraBranches}
     * @return this
     */
    public G branches(Branches branches) {
        this.branches = branches;
        return self();
    }

    /**
     * Builds the graph.
     *
     * @return a new graph
     * @throws IllegalArgumentException if a size is missing or impossible, or the weights don't fit; the message names the tensor
     */
    public SameDiff build() {
        SameDiff sd = SameDiff.create();
        // SameDiff's default array holders keep every array twice.
        sd.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), true);
        if (weights == null) {
            addTo(sd, scope(new InitialParameters(sd, dataType, seed)));
        } else {
            GivenParameters given = shared && dataType == DataType.FLOAT
                    ? GivenParameters.shared(sd, weights)
                    : GivenParameters.copied(sd, dataType, weights);
            addTo(sd, scope(given));
            given.requireAllTaken();
        }
        return sd;
    }

    private ParameterScope scope(Parameters parameters) {
        return new ParameterScope(parameters, "", training, null, branches);
    }

    /**
     * Each parameter's shape by its name, in the order in which the data meets them. No arrays are allocated.
     *
     * @return the shapes
     */
    protected Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        record((name, initial, shape) -> shapes.put(name, shape));
        return Collections.unmodifiableMap(shapes);
    }

    /**
     * The network's initial weights, each of which is drawn when it is needed.
     *
     * @param seed any number
     * @return the sources by name, for {@link #sharedWeights}
     */
    public Map<String, WeightSource> initialWeights(long seed) {
        Map<String, WeightSource> sources = new LinkedHashMap<>();
        record((name, initial, shape) -> sources.put(name, new InitialWeight(name, initial, seed, shape)));
        return Collections.unmodifiableMap(sources);
    }

    private interface Recorder {
        void parameter(String name, Initial initial, long... shape);
    }

    /**
     * Finds the parameters by building a graph whose parameters have no arrays. It is one for training, as what is laid out by the
     * parameters' order is trained: an inference graph may ask for the same ones in another order.
     */
    private void record(Recorder recorder) {
        SameDiff sd = SameDiff.create();
        addTo(
                sd,
                new ParameterScope(
                        (name, initial, trainable, shape) -> {
                            recorder.parameter(name, initial, shape);
                            return sd.placeHolder(name, DataType.FLOAT, shape);
                        },
                        "",
                        true,
                        null,
                        branches));
    }
}
