package org.diffusion4j.diffusion.schedule;

import static org.diffusion4j.diffusion.schedule.TimestepSpacing.LEADING;
import static org.diffusion4j.diffusion.schedule.TimestepSpacing.LINSPACE;
import static org.diffusion4j.diffusion.schedule.TimestepSpacing.TRAILING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimestepSpacingTest {
    @Test
    void sevenStepsOfAThousandAreDiffusersOwn() {
        assertArrayEquals(new long[] {853, 711, 569, 427, 285, 143, 1}, LEADING.timesteps(1000, 7, 1));
        assertArrayEquals(new long[] {999, 832, 666, 500, 333, 166, 0}, LINSPACE.timesteps(1000, 7, 1));
        assertArrayEquals(new long[] {999, 856, 713, 570, 428, 285, 142}, TRAILING.timesteps(1000, 7, 1));
    }

    @Test
    void halvesAreRoundedToTheEvenNumber() {
        // 999/2 = 499.5 and, of 4 steps of 10, 10 − 2.5 and 10 − 7.5.
        assertArrayEquals(new long[] {999, 500, 0}, LINSPACE.timesteps(1000, 3, 0));
        assertArrayEquals(new long[] {9, 7, 4, 1}, TRAILING.timesteps(10, 4, 0));
    }

    @Test
    void someTrailingWalksAreOneStepLonger() {
        for (int steps : new int[] {61, 103, 121, 122}) {
            long[] timesteps = TRAILING.timesteps(1000, steps, 0);

            assertEquals(steps + 1, timesteps.length);
            assertEquals(-1, timesteps[steps]);
        }
        assertEquals(60, TRAILING.timesteps(1000, 60, 0).length);
    }

    @Test
    void oneStepStartsWhereItsSpacingSays() {
        assertArrayEquals(new long[] {0}, LEADING.timesteps(1000, 1, 0));
        assertArrayEquals(new long[] {0}, LINSPACE.timesteps(1000, 1, 0));
        assertArrayEquals(new long[] {999}, TRAILING.timesteps(1000, 1, 0));
        assertArrayEquals(new long[] {0}, LINSPACE.timesteps(1, 1, 0));
    }

    @Property(tries = 300)
    void timestepsDescendWithinTheTraining(
            @ForAll TimestepSpacing spacing,
            @ForAll @IntRange(min = 1, max = 2000) int trainTimesteps,
            @ForAll @IntRange(min = 1, max = 2000) int someSteps) {
        int steps = 1 + someSteps % trainTimesteps;

        long[] timesteps = spacing.timesteps(trainTimesteps, steps, 0);

        assertTrue(timesteps.length == steps || (spacing == TRAILING && timesteps.length == steps + 1));
        assertTrue(timesteps[0] < trainTimesteps && timesteps[timesteps.length - 1] >= -1);
        long[] ascending = Arrays.stream(timesteps).distinct().sorted().toArray();
        for (int i = 0; i < timesteps.length; i++) {
            assertEquals(ascending[ascending.length - 1 - i], timesteps[i]);
        }
    }
}
