package org.diffusion4j.training.evaluate.inception;

import static org.diffusion4j.Requirement.require;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.torchfile.TorchFile;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The 2,048 features of a picture in which the published Fréchet inception distances are measured (Heusel et al. 2017,
 * arXiv:1706.08500): those of TensorFlow's InceptionV3 of 2015, whose weights are in {@code
 * pt_inception-2015-12-05-6726825d.pth}, with its resizing of pictures. Only one thread at a time may use it.
 */
public final class InceptionV3 implements AutoCloseable {
    /** The side of the pictures that the network sees. */
    static final int SIZE = 299;
    /** The number of features. */
    public static final int FEATURES = 2048;
    /** Half of the bytes' range. */
    private static final float HALF = 128;

    private final GraphEngine engine;

    private InceptionV3(GraphEngine engine) {
        this.engine = engine;
    }

    /**
     * Opens the network.
     *
     * @param file the weights, as PyTorch saves a state dict
     * @param threads the number of threads that compute, at least 1
     * @return the network, which the caller closes
     * @throws Diffusion4jException if the file can't be read, or hasn't InceptionV3's weights
     */
    public static InceptionV3 open(Path file, int threads) {
        try (TorchFile weights = TorchFile.open(file)) {
            return of((name, shape) -> array(weights, name, shape), threads);
        }
    }

    private static INDArray array(TorchFile weights, String name, long... shape) {
        WeightSource found = weights.names().contains(name) ? weights.tensor(name) : null;
        if (found == null || !Arrays.equals(found.shape(), shape)) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s, '%s': expected InceptionV3's weights %s, found %s",
                    weights.path(),
                    name,
                    Arrays.toString(shape),
                    found == null ? "no such tensor" : Arrays.toString(found.shape())));
        }
        return found.use(array -> array.dup('c'));
    }

    /** Its pooling is beyond what oneDNN's engine reads, so SameDiff runs it. */
    static InceptionV3 of(InceptionLayers.Weights weights, int threads) {
        return new InceptionV3(EngineKind.SAMEDIFF.openGraph(
                InceptionGraph.of(weights), List.of(InceptionGraph.FEATURES), threads, Precision.FP32));
    }

    /**
     * Computes features.
     *
     * @param pictures [N, C, H, W] with whole numbers from 0 to 255; one channel stands for three equal ones
     * @return one vector of {@value #FEATURES} numbers per picture
     * @throws IllegalArgumentException if there are neither 1 nor 3 channels
     */
    public double[][] features(INDArray pictures) {
        long channels = pictures.size(1);
        require(channels == 1 || channels == 3, "pictures", "1 or 3 channels", channels);
        int images = Math.toIntExact(pictures.size(0));
        INDArray colours = channels == 3 ? pictures : Nd4j.concat(1, pictures, pictures, pictures);
        float[] resized = TensorFlowResize.square(
                colours.dup('c').data().asFloat(), images * 3, (int) pictures.size(2), (int) pictures.size(3), SIZE);
        for (int i = 0; i < resized.length; i++) {
            resized[i] = (resized[i] - HALF) / HALF;
        }
        try (INDArray input = Nd4j.createFromArray(resized).reshape(images, 3, SIZE, SIZE);
                INDArray output =
                        engine.run(Map.of(InceptionGraph.PICTURES, input)).get(InceptionGraph.FEATURES)) {
            return output.toDoubleMatrix();
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
