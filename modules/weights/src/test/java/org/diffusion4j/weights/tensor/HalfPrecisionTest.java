package org.diffusion4j.weights.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
    /** The definition: (-1)^s · 2^(e-15) · (1 + m/1024), without the 1 where e = 0. */
    private static double valueOf(int half) {
        double sign = (half & 0x8000) == 0 ? 1 : -1;
        int exponent = half >> 10 & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) {
            return mantissa == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0 ? sign * mantissa * 0x1p-24 : sign * Math.scalb(1 + mantissa / 1024.0, exponent - 15);
    }

    @Test
    void everyHalfWidensToItsValueAndBack() {
        for (int half = 0; half < 1 << 16; half++) {
            int bits = HalfPrecision.widen((short) half);
            assertEquals(
                    (float) valueOf(half), Float.intBitsToFloat(bits), String.format(Locale.ROOT, "half 0x%04x", half));
            assertEquals((short) half, HalfPrecision.narrow(bits), String.format(Locale.ROOT, "half 0x%04x", half));
        }
    }

    @Property
    void narrowsToTheNearestWithTiesToEven(@ForAll int bits) {
        short narrowed = HalfPrecision.narrow(bits);
        double value = Float.intBitsToFloat(bits);
        if (Double.isNaN(value)) {
            assertTrue(Double.isNaN(valueOf(narrowed)));
            return;
        }
        assertNearest(value, narrowed);
    }

    /** Most floats are out of a half's range, so that this draws them near it. */
    @Property
    void narrowsToTheNearestInRange(@ForAll int bits) {
        int inRange = (bits & 0x87ffffff) | 0x30000000 + (bits >>> 30 << 27 & 0x18000000);
        if (!Float.isNaN(Float.intBitsToFloat(inRange))) {
            assertNearest(Float.intBitsToFloat(inRange), HalfPrecision.narrow(inRange));
        }
    }

    @Test
    void roundsAtTheEdges() {
        assertEquals(0x7bff, HalfPrecision.narrow(Float.floatToIntBits(65519.996f)), "the largest half");
        assertEquals(0x7c00, HalfPrecision.narrow(Float.floatToIntBits(65520f)), "infinity, where the tie goes");
        assertEquals(0x0000, HalfPrecision.narrow(Float.floatToIntBits(0x1p-25f)), "a tie to zero");
        assertEquals(0x0001, HalfPrecision.narrow(Float.floatToIntBits(Math.nextUp(0x1p-25f))), "the least subnormal");
        assertEquals(0x0400, HalfPrecision.narrow(Float.floatToIntBits(0x1p-14f)), "the least normal");
        assertEquals((short) 0x8000, HalfPrecision.narrow(Float.floatToIntBits(-0f)), "negative zero");
    }

    private static void assertNearest(double value, short narrowed) {
        double found = valueOf(narrowed);
        assertEquals(Math.copySign(1, value), Math.copySign(1, found), "sign of " + value);
        // Infinity counts as 2^16, the next half there would be: from the middle between it and 65504 on it is nearer.
        double foundMagnitude = Math.min(Math.abs(found), 0x1p16);
        double magnitude = Math.min(Math.abs(value), 0x1p16);
        double error = Math.abs(foundMagnitude - magnitude);
        int bits = narrowed & 0x7fff;
        for (int neighbour : new int[] {Math.max(bits - 1, 0), Math.min(bits + 1, 0x7c00)}) {
            double other = Math.abs(Math.min(valueOf(neighbour), 0x1p16) - magnitude);
            assertTrue(
                    error < other || (error == other && (bits % 2 == 0 || bits == neighbour)), value + " to " + found);
        }
    }
}
