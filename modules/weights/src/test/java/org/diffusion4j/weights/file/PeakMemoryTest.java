package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PeakMemoryTest {
    @Test
    void isTheHighWaterMarkInMebibytes() {
        List<String> status = List.of("Name:\tjava", "VmPeak:\t 9000000 kB", "VmHWM:\t  524800 kB", "VmRSS:\t 1 kB");
        assertEquals(OptionalLong.of(512), PeakMemory.megabytes(status));
    }

    @Test
    void isNotKnownWhereTheSystemDoesNotTell() {
        assertEquals(OptionalLong.empty(), PeakMemory.megabytes(List.of("Name:\tjava")));
    }
}
