package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** What holds for the walks of every sampler. */
class WalkTest {
    private static final int STEPS = 8;

    private static final long[] SHAPE = {2, 3, 4, 4};

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void aWalkResumedFromItsStateGivesTheSameBits(SchedulerKind kind) {
        Sampler sampler = kind.defaults().sampler(STEPS);
        try (Walk whole = begin(sampler, 1)) {
            while (!whole.done()) {
                advance(whole, 1);
                try (Walk resumed = sampler.resume(whole.state())) {
                    assertEquals(whole.step(), resumed.step());
                    finish(resumed, 1);
                    assertEquals(walked(sampler, 1), resumed.sample(), "from step " + whole.step());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void walksInSeveralThreadsGiveTheBitsOfOneAlone(SchedulerKind kind) throws Exception {
        Sampler sampler = kind.defaults().sampler(STEPS);
        int walks = 4;
        List<INDArray> alone = new ArrayList<>();
        for (int seed = 0; seed < walks; seed++) {
            alone.add(walked(sampler, seed));
        }
        ExecutorService threads = Executors.newFixedThreadPool(walks);
        try {
            List<Future<INDArray>> together = new ArrayList<>();
            for (int seed = 0; seed < walks; seed++) {
                int own = seed;
                together.add(threads.submit(() -> walked(sampler, own)));
            }
            for (int seed = 0; seed < walks; seed++) {
                assertEquals(alone.get(seed), together.get(seed).get());
            }
        } finally {
            threads.shutdown();
        }
        assertFalse(alone.get(0).equals(alone.get(1)));
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void theArgumentsOfAStepStayAsTheyAre(SchedulerKind kind) {
        Sampler sampler = kind.defaults().sampler(STEPS);
        INDArray start = random(1, 0).muli(sampler.initNoiseSigma());
        INDArray startBefore = start.dup();
        try (Walk walk = sampler.begin(start, 0)) {
            while (!walk.done()) {
                INDArray output = network(walk);
                INDArray noise = walk.drawsNoise() ? random(1, walk.step() + 1) : null;
                INDArray outputBefore = output.dup();
                INDArray noiseBefore = noise == null ? null : noise.dup();
                WalkState state = walk.state();
                WalkState before = state.copy();

                sampler.advance(state, output, noise);
                walk.advance(output, noise);

                assertEquals(before.sample(), state.sample());
                assertEquals(before.history(), state.history());
                assertEquals(outputBefore, output);
                assertEquals(noiseBefore, noise);
            }
        }
        assertEquals(startBefore, start);
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void aWalkThatBeginsInTheMiddleIsFinite(SchedulerKind kind) {
        Sampler sampler = kind.defaults().sampler(STEPS);
        INDArray clean = random(1, 0);
        INDArray noise = random(2, 0);
        for (int step = 0; step < sampler.timesteps().length; step += sampler.order()) {
            INDArray start = sampler.addNoise(clean, noise, step);
            try (Walk walk = sampler.begin(start, step)) {
                assertEquals(step, walk.step());
                finish(walk, 1);
                assertEquals(
                        0,
                        Transforms.abs(walk.sample())
                                .gt(1e6)
                                .castTo(DataType.INT32)
                                .sumNumber()
                                .intValue());
                assertFalse(Double.isNaN(walk.sample().sumNumber().doubleValue()), "from step " + step);
            }
        }
    }

    private static INDArray walked(Sampler sampler, int seed) {
        try (Walk walk = begin(sampler, seed)) {
            finish(walk, seed);
            return walk.sample().dup();
        }
    }

    private static Walk begin(Sampler sampler, int seed) {
        return sampler.begin(random(seed, 0).muli(sampler.initNoiseSigma()), 0);
    }

    private static void finish(Walk walk, int seed) {
        while (!walk.done()) {
            advance(walk, seed);
        }
    }

    private static void advance(Walk walk, int seed) {
        walk.advance(network(walk), walk.drawsNoise() ? random(seed, walk.step() + 1) : null);
    }

    /** Not linear, so that every step's history counts. */
    private static INDArray network(Walk walk) {
        return Transforms.tanh(walk.input().mul(0.7).addi(Math.sin(walk.timestep())), false);
    }

    private static INDArray random(int seed, int draw) {
        float[] values = new float[(int) (SHAPE[0] * SHAPE[1] * SHAPE[2] * SHAPE[3])];
        Random random = new Random(1000L * seed + draw);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, SHAPE, 'c');
    }
}
