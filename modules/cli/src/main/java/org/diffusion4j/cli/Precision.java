package org.diffusion4j.cli;

import java.util.Locale;

/** What the network computes in. */
enum Precision {
    /** 32 bits. */
    FP32,
    /** 16 bits, 8 of them for the exponent. */
    BF16;

    /** Its name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
