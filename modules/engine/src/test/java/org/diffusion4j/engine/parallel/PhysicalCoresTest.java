package org.diffusion4j.engine.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PhysicalCoresTest {
    private static final List<String> UNBOUND = List.of("Name:\tjava", "Cpus_allowed:\tff", "Cpus_allowed_list:\t0-63");

    /** Two sockets of two cores of two threads, numbered as Linux does it: the second threads follow all first ones. */
    private static final List<String> EIGHT_THREADS = IntStream.range(0, 8)
            .boxed()
            .flatMap(i -> Stream.of(
                    "processor\t: " + i,
                    "model name\t: A processor: the fast one",
                    "physical id\t: " + i / 2 % 2,
                    "siblings\t: 4",
                    "core id\t\t: " + i % 2 * 5,
                    "cpu cores\t: 2",
                    "power management:",
                    ""))
            .toList();

    @Test
    void threadsOfOneCoreCountOnce() {
        assertEquals(4, PhysicalCores.count(EIGHT_THREADS, UNBOUND, 8));
    }

    @Test
    void aContainersLimitHolds() {
        assertEquals(3, PhysicalCores.count(EIGHT_THREADS, UNBOUND, 3));
    }

    @Test
    void onlyTheProcessorsThatTheProcessIsBoundToCount() {
        assertEquals(1, PhysicalCores.count(EIGHT_THREADS, List.of("Cpus_allowed_list:\t1,5"), 2));
        assertEquals(3, PhysicalCores.count(EIGHT_THREADS, List.of("Cpus_allowed_list:\t0-2,4,6"), 5));
    }

    @Test
    void aSystemThatNamesNoCoresHasAsManyAsProcessors() {
        List<String> arm = List.of("processor\t: 0", "BogoMIPS\t: 50", "", "processor\t: 1", "BogoMIPS\t: 50");
        assertEquals(2, PhysicalCores.count(arm, UNBOUND, 2));
        assertEquals(2, PhysicalCores.count(List.of(), List.of(), 2));
    }

    @Test
    void thisMachineHasSome() {
        int count = PhysicalCores.count();
        assertTrue(count >= 1 && count <= Runtime.getRuntime().availableProcessors(), "found " + count);
    }
}
