package org.diffusion4j.weights.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BrainFloatTest {
    @Test
    void everyBrainFloatWidensAndBack() {
        for (int brain = 0; brain < 1 << 16; brain++) {
            assertEquals((short) brain, BrainFloat.narrow(BrainFloat.widen((short) brain)));
        }
    }

    @Property
    void narrowsToTheNearestWithTiesToEven(@ForAll int bits) {
        float value = Float.intBitsToFloat(bits);
        int narrowed = BrainFloat.narrow(bits) & 0xffff;
        if (Float.isNaN(value)) {
            assertTrue(Float.isNaN(Float.intBitsToFloat(narrowed << 16)));
            return;
        }
        int lower = bits >>> 16;
        int rest = bits & 0xffff;
        boolean up = rest > 0x8000 || (rest == 0x8000 && lower % 2 == 1);
        assertEquals(up ? lower + 1 : lower, narrowed);
    }

    @Test
    void overflowsToInfinity() {
        assertEquals(0x7f80, BrainFloat.narrow(Float.floatToIntBits(Float.MAX_VALUE)));
    }

    @Test
    void keepsNaNWhosePayloadIsAllInTheLowerBits() {
        assertTrue(Float.isNaN(Float.intBitsToFloat(BrainFloat.narrow(0x7f800001) << 16)));
    }
}
