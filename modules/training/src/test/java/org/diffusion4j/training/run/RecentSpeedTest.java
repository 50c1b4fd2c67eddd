package org.diffusion4j.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RecentSpeedTest {
    @Test
    void isTheMeanOfAllStepsWhileTheyAreFew() {
        RecentSpeed speed = new RecentSpeed();
        assertEquals(8, speed.add(1, 8), 1e-9);
        assertEquals(4, speed.add(3, 8), 1e-9);
    }

    @Test
    void forgetsWhatIsLongerAgoThanTenSeconds() {
        RecentSpeed speed = new RecentSpeed();
        for (int i = 0; i < 1000; i++) {
            speed.add(0.1, 8);
        }
        double now = 0;
        for (int i = 0; i < 10; i++) {
            now = speed.add(1, 8);
        }
        assertEquals(8, now, 1e-6);
    }

    @Test
    void aStepThatTakesLongerThanTheWindowIsAllThatCounts() {
        RecentSpeed speed = new RecentSpeed();
        speed.add(1, 8);
        speed.add(60, 8);
        assertEquals(8 / 120.0, speed.add(120, 8), 1e-9);
    }
}
