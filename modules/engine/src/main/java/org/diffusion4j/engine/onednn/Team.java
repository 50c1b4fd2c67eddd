package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parallel.Cancellation;

/**
 * Threads that go through the same stages together. Each does its parts of a stage, always the same ones, and then waits for
 * the others. They are brought together once per pass and not once per stage: between stages they only look at a counter.
 */
final class Team {
    /** How often a thread looks before it sleeps, if every thread has its own core. */
    private static final int SPINS = 20_000;

    private static final int SPINS_WITHOUT_CORES = 50;
    private static final long PAUSE_NANOS = 20_000;

    private final Stage[] stages;
    /** Whether the threads wait for each other after a stage. They needn't if the first thread does the next one, too. */
    private final boolean[] waits;

    private final int threads;
    private final int spins;
    private final AtomicInteger arrived = new AtomicInteger();
    private volatile int phase;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /**
     * A team that hasn't met yet.
     *
     * @param steps the steps, whose stages come one after the other
     * @param threads the number of threads, at least 1
     */
    Team(List<Step> steps, int threads) {
        List<Stage> all = new ArrayList<>();
        steps.forEach(step -> all.addAll(step.stages()));
        this.stages = all.toArray(Stage[]::new);
        this.waits = new boolean[stages.length];
        for (int i = 0; i < stages.length; i++) {
            waits[i] = i + 1 == stages.length || stages[i].parts() > 1 || stages[i + 1].parts() > 1;
        }
        this.threads = threads;
        this.spins = threads <= Runtime.getRuntime().availableProcessors() ? SPINS : SPINS_WITHOUT_CORES;
    }

    int threads() {
        return threads;
    }

    /**
     * Does one thread's share of all stages. Each thread of the team must call this; it returns when all of them are through.
     *
     * @param thread the thread's number, from 0
     * @param cancelled asked before each part of a stage; if it is true, no part begins any more
     */
    void run(int thread, BooleanSupplier cancelled) {
        for (int i = 0; i < stages.length; i++) {
            if (failure.get() == null) {
                try {
                    run(stages[i], thread, cancelled);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }
            if (waits[i] && threads > 1) {
                await();
            }
        }
    }

    private void run(Stage stage, int thread, BooleanSupplier cancelled) {
        int parts = stage.parts();
        int end = Stage.begin(parts, thread + 1, threads);
        if (parts == 1) {
            end = thread == 0 ? 1 : 0;
        }
        for (int part = parts == 1 ? 0 : Stage.begin(parts, thread, threads); part < end; part++) {
            Cancellation.check(cancelled);
            stage.work().run(part, thread);
        }
    }

    private void await() {
        int before = phase;
        if (arrived.incrementAndGet() == threads) {
            arrived.set(0);
            phase = before + 1;
            return;
        }
        for (int looks = 0; phase == before; looks++) {
            if (looks < spins) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** Throws what a part has thrown, if one has, so that the next run begins without it. */
    void check() {
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }
}
