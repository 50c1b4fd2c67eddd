package org.diffusion4j.engine;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.BytePointer;
import org.diffusion4j.engine.parallel.WaitForAll;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.kernels.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), clipping by the global norm
 * and a moving average of the parameters, in one pass over memory. Its numbers are those of PyTorch's {@code AdamW} up to
 * rounding, and don't depend on the number of threads.
 */
public final class AdamW implements Optimizer {
    /** How many elements one task processes, so that they fit into a thread's share of the cache. */
    private static final int CHUNK = 1 << 16;
    /** The number that PyTorch adds to the norm before it divides by it. */
    private static final double CLIP_EPS = 1e-6;

    private final Settings settings;
    /** The owner of the memory that the chunks point to, which is referred to here so that it isn't freed. */
    private final FlatParameters parameters;

    private final INDArray firstMoment;
    private final INDArray secondMoment;
    private final INDArray average;
    private final List<Chunk> chunks = new ArrayList<>();
    private final double[] squares;
    private final ExecutorService threads;
    private final int threadCount;
    private final Kernels kernels = Kernels.best();
    private long step;

    /**
     * The numbers that don't change from step to step.
     *
     * @param beta1 decay of the first moment, in [0, 1)
     * @param beta2 decay of the second moment, in [0, 1)
     * @param eps added to the root of the second moment, above 0
     * @param weightDecay each step shrinks a parameter by this share times the learning rate; 0 for none
     */
    public record Settings(double beta1, double beta2, double eps, double weightDecay) implements Serializable {
        /** PyTorch's defaults: 0.9, 0.999, 1e-8, 0.01. */
        public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8, 0.01);

        /** Checks the ranges. */
        public Settings {
            require(beta1 >= 0 && beta1 < 1, "beta1", "a number in [0, 1)", beta1);
            require(beta2 >= 0 && beta2 < 1, "beta2", "a number in [0, 1)", beta2);
            require(eps > 0, "eps", "a number above 0", eps);
            require(weightDecay >= 0, "weight decay", "a number not below 0", weightDecay);
        }
    }

    private record Chunk(
            ByteBuffer parameter, ByteBuffer gradient, ByteBuffer first, ByteBuffer second, ByteBuffer average) {
        int length() {
            return parameter.capacity() / 4;
        }
    }

    /**
     * An optimiser before its first step, whose average is a copy of the parameters.
     *
     * @param parameters the parameters that it changes
     * @param settings betas, epsilon, decay
     * @param averaged whether a moving average of the parameters is kept
     * @param threads the number of threads, at least 1
     */
    public AdamW(FlatParameters parameters, Settings settings, boolean averaged, int threads) {
        this.settings = settings;
        this.parameters = parameters;
        long length = parameters.values().length();
        firstMoment = Nd4j.create(DataType.FLOAT, length);
        secondMoment = Nd4j.create(DataType.FLOAT, length);
        average = averaged ? parameters.values().dup() : null;
        for (long from = 0; from < length; from += CHUNK) {
            long count = Math.min(CHUNK, length - from);
            chunks.add(new Chunk(
                    bytes(parameters.values(), from, count),
                    bytes(parameters.gradients(), from, count),
                    bytes(firstMoment, from, count),
                    bytes(secondMoment, from, count),
                    averaged ? bytes(average, from, count) : null));
        }
        squares = new double[chunks.size()];
        threadCount = Math.min(threads, chunks.size());
        this.threads = Executors.newFixedThreadPool(threadCount, task -> {
            Thread daemon = new Thread(task, "diffusion4j-optimiser");
            daemon.setDaemon(true);
            return daemon;
        });
    }

    private static ByteBuffer bytes(INDArray vector, long from, long count) {
        return new BytePointer(vector.data().addressPointer())
                .getPointer(4 * from)
                .limit(4 * count)
                .capacity(4 * count)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /**
     * The first moment of every parameter, laid out like {@link FlatParameters#values()}.
     *
     * @return the optimiser's own array, not a copy
     */
    public INDArray firstMoment() {
        return firstMoment;
    }

    /**
     * The second moment of every parameter, laid out like {@link FlatParameters#values()}.
     *
     * @return the optimiser's own array, not a copy
     */
    public INDArray secondMoment() {
        return secondMoment;
    }

    @Override
    public Map<String, INDArray> moments() {
        return Map.of("first_moment", firstMoment, "second_moment", secondMoment);
    }

    @Override
    public INDArray average() {
        return average;
    }

    @Override
    public long steps() {
        return step;
    }

    @Override
    public void resume(long steps) {
        this.step = steps;
    }

    @Override
    public double gradientNorm() {
        run(i -> squares[i] =
                kernels.sumOfSquares(chunks.get(i).gradient(), 0, chunks.get(i).length()));
        return Math.sqrt(Arrays.stream(squares).sum());
    }

    /**
     * The factor that clips gradients: maxNorm / (norm + 1e-6) if that is below 1, otherwise 1, as in PyTorch's {@code
     * clip_grad_norm_}.
     *
     * @param norm the norm of all gradients
     * @param maxNorm the largest that is allowed, above 0
     * @return the factor
     */
    public static double clipFactor(double norm, double maxNorm) {
        return Math.min(1, maxNorm / (norm + CLIP_EPS));
    }

    @Override
    public void step(double learningRate, double gradientScale, double averageDecay) {
        step++;
        Kernels.AdamWStep numbers = new Kernels.AdamWStep(
                (float) gradientScale,
                (float) (1 - learningRate * settings.weightDecay()),
                (float) settings.beta1(),
                (float) settings.beta2(),
                (float) (learningRate / (1 - Math.pow(settings.beta1(), (double) step))),
                (float) (1 / Math.sqrt(1 - Math.pow(settings.beta2(), (double) step))),
                (float) settings.eps(),
                (float) (1 - averageDecay));
        run(i -> {
            Chunk chunk = chunks.get(i);
            kernels.adamW(
                    chunk.parameter(),
                    chunk.gradient(),
                    chunk.first(),
                    chunk.second(),
                    chunk.average(),
                    0,
                    chunk.length(),
                    numbers);
        });
    }

    private void run(IntConsumer task) {
        if (threads.isShutdown()) {
            throw new IllegalStateException("the optimiser is closed");
        }
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threadCount; thread++) {
                int first = thread;
                running.add(threads.submit(() -> {
                    for (int i = first; i < chunks.size(); i += threadCount) {
                        task.accept(i);
                    }
                }));
            }
            WaitForAll.of(running, "the optimiser ran");
        } finally {
            Reference.reachabilityFence(parameters);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
