package org.diffusion4j.pipeline.adm;

import static org.diffusion4j.Requirement.require;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphGradients;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmClassifierGraph;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How noisy images have to change to look more like a class: the gradient of a classifier's log p(y|x) with respect to x. Several
 * threads may use it, one after the other.
 */
public final class ClassifierGradient implements AutoCloseable {
    private final int classes;
    private final GraphGradients classifier;

    /** Opens the engine that runs a classifier in both directions. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Opens an engine.
         *
         * @param graph the classifier's graph
         * @param outputs the names of the variables to compute
         * @param parameters those that get gradients: none
         * @param differentiated the inputs that get gradients
         * @return the engine, which the caller closes
         */
        GraphGradients open(
                SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated);

        /**
         * Opens engines of a kind.
         *
         * @param kind the kind of engine
         * @param threads the number of threads that compute, at least 1
         * @return an object that opens such engines
         */
        static Opener of(EngineKind kind, int threads) {
            return (graph, outputs, parameters, differentiated) ->
                    kind.openGraphGradients(graph, outputs, parameters, differentiated, threads);
        }
    }

    /**
     * Opens a classifier.
     *
     * @param config its options
     * @param weights every parameter by its name, which stay open as long as this
     * @param size the size of the images
     * @param opener opens the engine
     * @throws IllegalArgumentException if the classifier can't take images of this size
     */
    public ClassifierGradient(
            AdmClassifierConfig config, Map<String, ? extends WeightSource> weights, SampleSize size, Opener opener) {
        classes = config.outChannels();
        SameDiff graph = AdmClassifierGraph.of(config)
                .size(size.height(), size.width())
                .sharedWeights(weights)
                .build();
        classifier = opener.open(
                graph, List.of(AdmClassifierGraph.LOGITS), FlatParameters.none(), List.of(AdmClassifierGraph.SAMPLE));
    }

    /**
     * The number of classes.
     *
     * @return at least 1
     */
    public int classes() {
        return classes;
    }

    /**
     * Computes the gradient.
     *
     * @param sample noisy images, [N, C, H, W]
     * @param timestep of each image, [N]
     * @param labels the class of each image
     * @return the gradient of log p(label|image) of each image, [N, C, H, W], which belongs to the caller
     * @throws IllegalArgumentException if a class or a shape is out of its range
     */
    public synchronized INDArray of(INDArray sample, INDArray timestep, List<Integer> labels) {
        require(labels.size() == sample.size(0), "labels", "one per image (" + sample.size(0) + ")", labels.size());
        INDArray logits = classifier
                .run(Map.of(AdmClassifierGraph.SAMPLE, sample, AdmClassifierGraph.TIMESTEP, timestep))
                .get(AdmClassifierGraph.LOGITS);
        INDArray ofLogits = ofLogits(logits, labels);
        try {
            return classifier
                    .backward(Map.of(AdmClassifierGraph.LOGITS, ofLogits))
                    .get(AdmClassifierGraph.SAMPLE);
        } finally {
            Denoising.free(logits);
            Denoising.free(ofLogits);
        }
    }

    /** The gradient of the labels' log-softmax: one at the label, minus the softmax. */
    private INDArray ofLogits(INDArray logits, List<Integer> labels) {
        float[] numbers = logits.dup('c').data().asFloat();
        for (int image = 0; image < labels.size(); image++) {
            int label = labels.get(image);
            require(label >= 0 && label < classes, "labels", "0 to " + (classes - 1), label);
            int row = image * classes;
            double largest = Double.NEGATIVE_INFINITY;
            for (int i = row; i < row + classes; i++) {
                largest = Math.max(largest, numbers[i]);
            }
            double sum = 0;
            for (int i = row; i < row + classes; i++) {
                sum += Math.exp(numbers[i] - largest);
            }
            for (int i = row; i < row + classes; i++) {
                double share = Math.exp(numbers[i] - largest) / sum;
                numbers[i] = (float) ((i - row == label ? 1 : 0) - share);
            }
        }
        return Nd4j.createFromArray(numbers).reshape(labels.size(), classes);
    }

    /** Frees the engine's memory. */
    @Override
    public synchronized void close() {
        classifier.close();
    }
}
