package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;

class SameDiffMemoryTest {
    /** What the process grew by: 916 MB for 64 images of 1.6 million parameters, 2004 MB for 32 of 35.7 million. */
    @Test
    void isNearWhatWasMeasured() {
        double small = (double)
                SameDiffMemory.of(UNetPreset.SMALL.config(), 1_623_169, 64).activations();
        double cifar10 = (double)
                SameDiffMemory.of(UNetPreset.CIFAR10.config(), 35_746_307, 32).activations();
        assertEquals(916e6, small, 0.25 * 916e6);
        assertEquals(2004e6, cifar10, 0.25 * 2004e6);
    }

    @Test
    void refusesANetworkOfNoSize() {
        var config = UNetPreset.TINY.config().toBuilder().sampleSize(null).build();
        assertThrows(IllegalArgumentException.class, () -> SameDiffMemory.of(config, 1, 1));
    }
}
