package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What is asked often in a run can end it anywhere, and the next run knows nothing of that. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CancellationTest {
    private static final UNetConfig TINY = UNetPreset.TINY.config();
    private static final List<String> OUTPUTS = List.of(UNetGraph.OUTPUT);

    private static Map<String, INDArray> inputs(int batch) {
        Map<String, INDArray> inputs = new HashMap<>(RandomConfigs.inputs(TINY, batch, batch));
        inputs.computeIfPresent(UNetGraph.TIMESTEP, (name, array) -> array.castTo(DataType.FLOAT));
        return inputs;
    }

    /** True from some question on, counted from 1. */
    private record From(int question, AtomicInteger asked) implements BooleanSupplier {
        @Override
        public boolean getAsBoolean() {
            return asked.incrementAndGet() >= question;
        }
    }

    /** A single image is divided among the threads, three are divided between them. */
    @ParameterizedTest
    @CsvSource({"ONEDNN,1,1", "ONEDNN,2,1", "ONEDNN,2,3", "SAMEDIFF,1,2"})
    void aRunEndsWhereverItIsCancelledAndTheNextOneHasTheSameBits(EngineKind kind, int threads, int batch) {
        Map<String, INDArray> inputs = inputs(batch);
        SameDiff graph = UNetGraph.build(TINY);
        try (GraphEngine engine = kind.openGraph(graph, OUTPUTS, threads, Precision.FP32)) {
            AtomicInteger compiling = new AtomicInteger();
            assertThrows(CancellationException.class, () -> engine.run(inputs, new From(20, compiling)));
            INDArray expected = engine.run(inputs).get(UNetGraph.OUTPUT);
            AtomicInteger all = new AtomicInteger();
            engine.run(inputs, new From(Integer.MAX_VALUE, all));
            assertTrue(all.get() > 100, all + " questions");
            long memory = Pointer.totalBytes();
            for (int i = 0; i <= 6; i++) {
                int at = Math.max(1, all.get() * i / 6);
                AtomicInteger asked = new AtomicInteger();
                assertThrows(CancellationException.class, () -> engine.run(inputs, new From(at, asked)));
                assertTrue(asked.get() < at + threads, asked + " questions, cancelled at " + at);
                assertEquals(expected, engine.run(inputs).get(UNetGraph.OUTPUT), "after question " + at);
            }
            if (kind == EngineKind.ONEDNN) { // a program has more than that
                long more = Pointer.totalBytes() - memory;
                assertTrue(more < 50_000, more + " bytes");
            }
        }
    }

    @Test
    void anotherThreadCancelsARunOrInterruptsIt() throws InterruptedException {
        Map<String, INDArray> inputs = inputs(2);
        ExecutorService caller = Executors.newSingleThreadExecutor();
        try (GraphEngine engine = EngineKind.ONEDNN.openGraph(UNetGraph.build(TINY), OUTPUTS, 2, Precision.FP32)) {
            INDArray expected = engine.run(inputs).get(UNetGraph.OUTPUT);
            for (boolean interrupts : new boolean[] {false, true}) {
                CountDownLatch begun = new CountDownLatch(50);
                AtomicBoolean cancelled = new AtomicBoolean();
                AtomicReference<Thread> runner = new AtomicReference<>();
                // Without an end from outside it would run for minutes.
                Future<?> running = caller.submit(() -> {
                    runner.set(Thread.currentThread());
                    return engine.run(inputs, () -> {
                        begun.countDown();
                        pause();
                        return cancelled.get();
                    });
                });
                begun.await();
                if (interrupts) {
                    runner.get().interrupt();
                } else {
                    cancelled.set(true);
                }
                Throwable end =
                        assertThrows(ExecutionException.class, running::get).getCause();
                assertEquals(interrupts ? IllegalStateException.class : CancellationException.class, end.getClass());
                assertFalse(Running.inside("diffusion4j-engine", "org.diffusion4j.engine.onednn."));
                assertEquals(expected, engine.run(inputs).get(UNetGraph.OUTPUT));
            }
        } finally {
            caller.shutdown();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a worker's thread isn't interrupted", e);
        }
    }

    @Test
    void noBackwardPassFollowsACancelledRun() {
        SameDiff graph = UNetGraph.of(TINY).training(true).build();
        FlatParameters parameters = new FlatParameters(graph);
        Map<String, INDArray> inputs = inputs(2);
        try (CompiledGraph both = new CompiledGraph(graph, OUTPUTS, parameters, List.of(), 2, Precision.FP32)) {
            Map<String, INDArray> outputs = both.run(inputs);
            assertThrows(CancellationException.class, () -> both.run(inputs, new From(30, new AtomicInteger())));
            assertThrows(IllegalStateException.class, () -> both.backward(outputs));
            assertEquals(outputs, both.run(inputs));
            both.backward(outputs);
        }
    }

    @Test
    void whatTheQuestionThrowsEndsTheRun() {
        try (GraphEngine engine = EngineKind.ONEDNN.openGraph(UNetGraph.build(TINY), OUTPUTS, 2, Precision.FP32)) {
            Map<String, INDArray> inputs = inputs(1);
            assertThrows(
                    ArithmeticException.class,
                    () -> engine.run(inputs, () -> {
                        throw new ArithmeticException();
                    }));
            engine.run(inputs);
        }
    }
}
