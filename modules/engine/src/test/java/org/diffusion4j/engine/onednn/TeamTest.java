package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.diffusion4j.engine.Running;
import org.diffusion4j.engine.parallel.WaitForAll;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TeamTest {
    private static final UNetConfig SMALL = UNetPreset.SMALL.config();
    private static final UNetConfig TINY = UNetPreset.TINY.config();

    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        others.shutdownNow();
    }

    private void run(Team team) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i < team.threads(); i++) {
            int thread = i;
            running.add(others.submit(() -> team.run(thread, () -> false)));
        }
        team.run(0, () -> false);
        WaitForAll.of(running);
        team.check();
    }

    /** A stage's parts find what every part of the stage before has left. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void eachPartRunsOnceAndAfterAllPartsOfTheStageBefore(int threads) {
        AtomicIntegerArray numbers = new AtomicIntegerArray(64);
        List<Stage> counting = new ArrayList<>();
        int[] sizes = {64, 1, 1, 64, 7, 64};
        for (int parts : sizes) {
            counting.add(new Stage(parts, (part, thread) -> {
                for (int i = Stage.begin(64, part, parts); i < Stage.begin(64, part + 1, parts); i++) {
                    numbers.incrementAndGet(i);
                }
            }));
            counting.add(new Stage(64, (part, thread) -> assertEquals(numbers.get(part), numbers.get(63 - part))));
        }
        Team team = new Team(List.of(Layouts.loopStep(counting)), threads);
        for (int times = 1; times <= 50; times++) {
            run(team);
            for (int i = 0; i < 64; i++) {
                assertEquals(times * sizes.length, numbers.get(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void whatAPartThrowsReachesTheCallerAndTheNextRunIsWhole(int threads) {
        IllegalStateException thrown = new IllegalStateException("a part");
        boolean[] fails = {true};
        AtomicIntegerArray done = new AtomicIntegerArray(1);
        Stage failing = new Stage(8, (part, thread) -> {
            if (fails[0] && part == 7) {
                throw thrown;
            }
        });
        Stage after = new Stage(8, (part, thread) -> done.incrementAndGet(0));
        Team team = new Team(List.of(Layouts.loopStep(List.of(failing, after))), threads);
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> run(team)));
        assertEquals(0, done.get(0));
        fails[0] = false;
        run(team);
        assertEquals(8, done.get(0));
    }

    private static Workers workers(UNetConfig config, int threads) {
        return new Workers(UNetGraph.build(config), List.of(UNetGraph.OUTPUT), threads, false);
    }

    /** The placeholders' types are those of the inputs but for the timestep. */
    private static Map<String, INDArray> inputs(UNetConfig config, int batch) {
        Map<String, INDArray> inputs = new HashMap<>(RandomConfigs.inputs(config, batch, 7));
        inputs.computeIfPresent(UNetGraph.TIMESTEP, (name, array) -> array.castTo(DataType.FLOAT));
        return inputs;
    }

    private static INDArray run(Workers workers, Map<String, INDArray> inputs) {
        long batch = inputs.get(UNetGraph.SAMPLE).size(0);
        Map<String, INDArray> results = workers.results(batch);
        workers.run(inputs, batch, results, () -> false);
        return results.get(UNetGraph.OUTPUT);
    }

    @Test
    void anImageIsTheSameToTheBitOnAnyNumberOfThreads() {
        for (UNetConfig config : List.of(TINY, SMALL)) {
            Map<String, INDArray> one = inputs(config, 1);
            Map<String, INDArray> two = inputs(config, 2);
            INDArray expected = null;
            INDArray expectedTwo = null;
            for (int threads : new int[] {1, 2, 5}) {
                try (Workers workers = workers(config, threads)) {
                    INDArray found = run(workers, one);
                    INDArray foundTwo = run(workers, two);
                    expected = expected == null ? found : expected;
                    expectedTwo = expectedTwo == null ? foundTwo : expectedTwo;
                    assertEquals(expected, found, threads + " threads");
                    assertEquals(expectedTwo, foundTwo, threads + " threads");
                    assertEquals(expected, run(workers, one), "once more");
                }
            }
        }
    }

    @Test
    void callersFromManyThreadsGetWhatOneGets() {
        Map<String, INDArray> one = inputs(TINY, 1);
        try (Workers workers = workers(TINY, 3)) {
            INDArray expected = run(workers, one);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                running.add(others.submit(() -> {
                    for (int times = 0; times < 20; times++) {
                        assertEquals(expected, run(workers, one));
                    }
                }));
            }
            WaitForAll.of(running);
        }
    }

    @Test
    @Tag("slow")
    void noThreadIsLeftAfterOpeningAndClosingManyTimes() throws InterruptedException {
        Map<String, INDArray> one = inputs(TINY, 1);
        SameDiff graph = UNetGraph.build(TINY);
        for (int times = 0; times < 200; times++) {
            try (Workers workers = new Workers(graph, List.of(UNetGraph.OUTPUT), 3, false)) {
                run(workers, one);
            }
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (threads() > 0 && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        assertEquals(0, threads());
        assertFalse(Running.inside("diffusion4j-engine", "org.diffusion4j.engine.onednn."));
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("diffusion4j-engine"))
                .count();
    }
}
