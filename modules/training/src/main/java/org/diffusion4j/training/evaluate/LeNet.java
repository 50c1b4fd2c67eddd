package org.diffusion4j.training.evaluate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.diffusion4j.Progress;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * A classifier of small pictures: LeNet-5 (LeCun et al. 1998, section II.B) with today's rectifiers, max pooling and
 * softmax. 5×5 convolutions to 6 and 16 channels, each followed by pooling, 120 units, {@value #FEATURES} features, the
 * classes. The same pictures give the same network on the same machine. Only one thread at a time may use it.
 */
public final class LeNet implements AutoCloseable {
    static final int FEATURES = 84;
    /** The largest side; larger pictures are averaged down, since the time is proportional to their area. */
    private static final int MOST_PIXELS = 64;

    /** The least side for which convolutions without padding, and pooling, leave anything; these take half the time. */
    private static final int LEAST_UNPADDED = 16;

    private static final int MOST_IN_A_BATCH = 64;
    /** The number of epochs, which is enough for 99 % on digits; the bounds below limit the number of steps. */
    private static final int EPOCHS = 12;

    private static final int FEWEST_STEPS = 200;
    private static final int MOST_STEPS = 1500;
    private static final double LEARNING_RATE = 2e-3;
    private static final double LAST_LEARNING_RATE = 5e-5;
    /** The seed, which isn't 0, since ND4J treats 0 as no seed. */
    private static final long SEED = 1;

    private final MultiLayerNetwork network;
    private final String description;

    private LeNet(MultiLayerNetwork network, String description) {
        this.network = network;
        this.description = description;
    }

    /** The number of batches that it learns from. */
    private static int steps(PictureSource pictures) {
        long wanted = (long) EPOCHS * pictures.size() / batchSize(pictures);
        return (int) Math.min(Math.max(wanted, FEWEST_STEPS), MOST_STEPS);
    }

    private static int batchSize(PictureSource pictures) {
        return Math.min(MOST_IN_A_BATCH, pictures.size());
    }

    /**
     * Learns the classes of pictures.
     *
     * @param progress is called after each batch
     */
    static LeNet train(PictureSource pictures, Progress progress) {
        int steps = steps(pictures);
        int classes = pictures.classNames().size();
        MultiLayerNetwork network = network(pictures, classes, steps);
        try (BatchStream batches = pictures.batches(batchSize(pictures), SEED, 0)) {
            for (int step = 1; step <= steps; step++) {
                PictureBatch batch = batches.next();
                try (INDArray sample = batch.sample();
                        INDArray labels = batch.labels();
                        INDArray wanted = oneHot(labels, classes)) {
                    network.fit(sample, wanted);
                }
                progress.done(step, steps);
            }
        }
        int shrink = shrink(pictures);
        return new LeNet(
                network,
                String.format(
                        Locale.ROOT,
                        "LeNet-5 (%s5x5 convolution to 6, max pool, 5x5 convolution to 16, max pool, 120, %d features, %d classes), %d steps of %d pictures",
                        shrink == 1 ? "" : "average pool by " + shrink + ", ",
                        FEATURES,
                        classes,
                        steps,
                        batchSize(pictures)));
    }

    private static int shrink(PictureSource pictures) {
        return (Math.max(pictures.height(), pictures.width()) + MOST_PIXELS - 1) / MOST_PIXELS;
    }

    private static MultiLayerNetwork network(PictureSource pictures, int classes, int steps) {
        int least = Math.min(pictures.height(), pictures.width()) / shrink(pictures);
        double decay = Math.pow(LAST_LEARNING_RATE / LEARNING_RATE, 1.0 / steps);
        NeuralNetConfiguration.ListBuilder layers = new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .dataType(DataType.FLOAT)
                .weightInit(WeightInit.RELU)
                .updater(new Adam(new ExponentialSchedule(ScheduleType.ITERATION, LEARNING_RATE, decay)))
                .convolutionMode(least >= LEAST_UNPADDED ? ConvolutionMode.Truncate : ConvolutionMode.Same)
                .list();
        int shrink = shrink(pictures);
        if (shrink > 1) {
            layers.layer(pool(SubsamplingLayer.PoolingType.AVG, shrink));
        }
        layers.layer(convolution(6))
                .layer(pool(SubsamplingLayer.PoolingType.MAX, 2))
                .layer(convolution(16))
                .layer(pool(SubsamplingLayer.PoolingType.MAX, 2))
                .layer(dense(120))
                .layer(dense(FEATURES))
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(classes)
                        .activation(Activation.SOFTMAX)
                        .weightInit(WeightInit.XAVIER)
                        .build())
                .setInputType(InputType.convolutional(pictures.height(), pictures.width(), pictures.channels()));
        MultiLayerNetwork network = new MultiLayerNetwork(layers.build());
        network.init();
        return network;
    }

    private static ConvolutionLayer convolution(int channels) {
        return new ConvolutionLayer.Builder(5, 5)
                .nOut(channels)
                .activation(Activation.RELU)
                .build();
    }

    private static DenseLayer dense(int units) {
        return new DenseLayer.Builder().nOut(units).activation(Activation.RELU).build();
    }

    private static SubsamplingLayer pool(SubsamplingLayer.PoolingType type, int size) {
        return new SubsamplingLayer.Builder(type)
                .kernelSize(size, size)
                .stride(size, size)
                .build();
    }

    private static INDArray oneHot(INDArray labels, int classes) {
        float[][] rows = new float[Math.toIntExact(labels.length())][classes];
        for (int i = 0; i < rows.length; i++) {
            rows[i][labels.getInt(i)] = 1;
        }
        return Nd4j.createFromArray(rows);
    }

    /** A description of its layers and its training. */
    String description() {
        return description;
    }

    /**
     * Its layers and weights, for another process.
     *
     * @return what {@link #of} reads
     */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(description);
            ModelSerializer.writeModel(network, out, false);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory can't fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a network.
     *
     * @param bytes of {@link #toBytes}
     * @return a network that sees the same in the same batches
     */
    public static LeNet of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String description = in.readUTF();
            return new LeNet(ModelSerializer.restoreMultiLayerNetwork(in, false), description);
        } catch (IOException e) {
            throw new UncheckedIOException("expected a network's bytes, found others", e);
        }
    }

    /**
     * Classifies pictures. The last bits may depend on which pictures are in a batch together.
     *
     * @param sample [N, C, H, W] in [-1, 1]
     * @param labels N classes; null if they have none
     * @return what it saw in each
     */
    public Classified classify(INDArray sample, int[] labels) {
        List<INDArray> layers = network.feedForward(sample, false);
        INDArray features = layers.get(layers.size() - 2).castTo(DataType.DOUBLE);
        INDArray predicted = layers.get(layers.size() - 1).argMax(1);
        return new Classified(features.toDoubleMatrix(), predicted.toIntVector(), labels);
    }

    /** Frees its weights. */
    @Override
    public void close() {
        network.close();
    }
}
