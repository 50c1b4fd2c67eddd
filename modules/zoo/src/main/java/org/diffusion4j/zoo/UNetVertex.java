package org.diffusion4j.zoo;

import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.weights.diffusers.UNetConfigJson;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A U-Net without its last convolution, as a vertex of a ComputationGraph. Its inputs are sample [N, C, H, W], timestep [N,
 * 1] and, if the network has classes, labels [N, 1]; its output is [N, blockOutChannels[0], H, W]. Masks aren't supported.
 */
public final class UNetVertex extends SameDiffVertex {
    private static final String LAST_LAYER = "conv_out.";

    private String configJson;

    /** Makes a vertex for Deeplearning4j's JSON, which sets the fields one by one. */
    public UNetVertex() {}

    /**
     * Makes a vertex from a configuration.
     *
     * @param config a configuration with a sample size. All of its parameters must be trained, which those of Fourier
     *     features and batch norm aren't
     */
    public UNetVertex(UNetConfig config) {
        if (config.timeEmbeddingType() == TimeEmbeddingType.FOURIER || config.normType() == NormType.BATCH) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "U-Net in a ComputationGraph: expected no untrained parameters, found time_embedding_type %s, norm_type %s",
                    config.timeEmbeddingType().configName(),
                    config.normType().configName()));
        }
        this.configJson = UNetConfigJson.format(config);
    }

    /**
     * The configuration.
     *
     * @return JSON as in {@code config.json}
     */
    public String getConfigJson() {
        return configJson;
    }

    /**
     * Sets the configuration.
     *
     * @param configJson JSON as in {@code config.json}
     */
    public void setConfigJson(String configJson) {
        this.configJson = configJson;
    }

    /**
     * The name of a parameter in the graph. Deeplearning4j finds the layer's name in "unet_NAME" by the last underscore,
     * so NAME must not contain one. Diffusers' names contain no minus.
     *
     * @param name diffusers' name
     * @return the name with each underscore replaced by a minus
     */
    static String key(String name) {
        return name.replace('_', '-');
    }

    private UNetConfig config() {
        return UNetConfigJson.parse(configJson);
    }

    @Override
    public SDVariable defineVertex(
            SameDiff sameDiff,
            Map<String, SDVariable> inputs,
            Map<String, SDVariable> parameters,
            Map<String, SDVariable> masks) {
        UNetConfig config = config();
        Parameters given = (name, initial, trainable, shape) -> parameters.get(key(name));
        // All of Deeplearning4j's arrays have the same float type and at least two dimensions.
        SDVariable timestep = sameDiff.reshape(inputs.get(UNetGraph.TIMESTEP), -1);
        SDVariable sample = inputs.get(UNetGraph.SAMPLE);
        SDVariable labels = null;
        if (config.wantsClassLabels()) {
            SDVariable asked = inputs.get(UNetGraph.CLASS_LABELS);
            labels = sameDiff.castTo(sameDiff.reshape(asked, -1), DataType.INT64);
            // Deeplearning4j needs a gradient for every input; that of an index is zero.
            sample = sample.add(sameDiff.reshape(asked, -1, 1, 1, 1).mul(0));
        }
        return UNetGraph.features(config, given, sample, timestep, labels);
    }

    @Override
    public void defineParametersAndInputs(SDVertexParams params) {
        UNetConfig config = config();
        if (config.wantsClassLabels()) {
            params.defineInputs(UNetGraph.SAMPLE, UNetGraph.TIMESTEP, UNetGraph.CLASS_LABELS);
        } else {
            params.defineInputs(UNetGraph.SAMPLE, UNetGraph.TIMESTEP);
        }
        config.parameterShapes().forEach((name, shape) -> {
            if (!name.startsWith(LAST_LAYER)) {
                params.addWeightParam(key(name), shape);
            }
        });
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        SameDiff initial = UNetGraph.of(config()).build();
        params.forEach((key, array) ->
                array.assign(initial.getVariable(key.replace('-', '_')).getArr()));
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... vertexInputs) {
        UNetConfig config = config();
        return InputType.convolutional(
                config.sampleSize().height(),
                config.sampleSize().width(),
                config.blockOutChannels().get(0));
    }

    @Override
    public char paramReshapeOrder(String parameterName) {
        return 'c';
    }

    @Override
    public GraphVertex clone() {
        UNetVertex copy = new UNetVertex();
        copy.configJson = configJson;
        copy.setName(getName());
        copy.regularization = regularization;
        copy.regularizationBias = regularizationBias;
        copy.updater = updater;
        copy.biasUpdater = biasUpdater;
        copy.gradientNormalization = gradientNormalization;
        copy.gradientNormalizationThreshold = gradientNormalizationThreshold;
        copy.dataType = dataType;
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UNetVertex vertex && super.equals(other) && configJson.equals(vertex.configJson);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + configJson.hashCode();
    }
}
