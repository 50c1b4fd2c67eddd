package org.diffusion4j.kernels;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.api.Test;

class KernelWarmUpTest {
    /** In the background nobody would see it fail: an index beyond an array, say. */
    @Test
    void runsOnWhateverThisJvmHas() {
        assertDoesNotThrow(KernelWarmUp::run);
    }
}
