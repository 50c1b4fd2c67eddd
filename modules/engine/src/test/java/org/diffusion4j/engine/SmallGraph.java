package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.LoggerFactory;

/** A graph of a few ops on a sample [-1, C, H, W] and a timestep [-1]. */
public final class SmallGraph {
    /** The name of the result. */
    public static final String OUTPUT = NetworkInputs.OUTPUT;

    /** The graph. */
    public final SameDiff sd = SameDiff.create();

    final SDVariable sample;
    final SDVariable timestep;
    private final long[] shape;

    SmallGraph(long... shape) {
        this.shape = shape;
        sample = sd.placeHolder(NetworkInputs.SAMPLE, DataType.FLOAT, -1, shape[0], shape[1], shape[2]);
        timestep = sd.placeHolder("timestep", DataType.FLOAT, -1);
    }

    /**
     * A graph of images [N, 4, 6, 6].
     *
     * @param ops the graph and the sample, to the result
     * @return the graph
     */
    public static SmallGraph of(BiFunction<SameDiff, SDVariable, SDVariable> ops) {
        SmallGraph graph = new SmallGraph(4, 6, 6);
        graph.finish(ops.apply(graph.sd, graph.sample));
        return graph;
    }

    void finish(SDVariable result) {
        result.rename(NetworkInputs.OUTPUT);
    }

    /** Reads as a network does: every call gives the same numbers, with fractions that float32 has. */
    INDArray sample(int batch) {
        return numbers(1, batch, shape[0], shape[1], shape[2]);
    }

    static INDArray timestep(int batch) {
        return numbers(2, batch);
    }

    /**
     * Numbers that are the same in each call.
     *
     * @param seed of theirs
     * @param shape any
     * @return float32
     */
    public static INDArray numbers(long seed, long... shape) {
        Random random = new Random(seed);
        INDArray numbers = Nd4j.create(DataType.FLOAT, shape);
        for (long i = 0; i < numbers.length(); i++) {
            numbers.putScalar(i, (random.nextInt(256) - 127.5) / 64);
        }
        return numbers;
    }

    static INDArray predict(NoisePredictor engine, SmallGraph graph, int batch) {
        return engine.predict(graph.sample(batch), timestep(batch), Map.of());
    }

    /**
     * AUTO's result is SameDiff's, whichever engine it takes; which is the answer.
     *
     * @param graph to run
     * @param batches how many images
     * @return whether it is compiled
     */
    public static boolean agrees(SmallGraph graph, int... batches) {
        try (NoisePredictor auto = quietly(() -> EngineKind.AUTO.open(graph.sd, 2));
                SameDiffEngine reference = new SameDiffEngine(graph.sd)) {
            for (int batch : batches) {
                same(predict(reference, graph, batch), predict(auto, graph, batch), "batch " + batch);
            }
            return auto instanceof OneDnnEngine;
        }
    }

    /** Without a line for each graph that isn't known. */
    private static <T> T quietly(Supplier<T> opened) {
        Logger log = (Logger) LoggerFactory.getLogger(EngineKind.class);
        Level before = log.getLevel();
        log.setLevel(Level.OFF);
        try {
            return opened.get();
        } finally {
            log.setLevel(before);
        }
    }

    static void same(INDArray expected, INDArray found, String where) {
        assertArrayEquals(expected.shape(), found.shape(), where);
        INDArray a = expected.castTo(DataType.DOUBLE).dup('c').reshape(-1);
        INDArray b = found.castTo(DataType.DOUBLE).dup('c').reshape(-1);
        double largest = 1;
        for (long i = 0; i < a.length(); i++) {
            double size = Math.abs(a.getDouble(i));
            largest = Double.isFinite(size) ? Math.max(largest, size) : largest;
        }
        for (long i = 0; i < a.length(); i++) {
            double x = a.getDouble(i);
            double y = b.getDouble(i);
            boolean close = Double.isFinite(x) ? Math.abs(x - y) <= 1e-4 * largest : Double.compare(x, y) == 0;
            assertTrue(close, String.format(Locale.ROOT, "%s, element %d: expected %g, found %g", where, i, x, y));
        }
    }
}
