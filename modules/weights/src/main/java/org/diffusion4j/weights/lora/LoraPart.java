package org.diffusion4j.weights.lora;

/** What a tensor of an adapter is to the module that it changes. */
enum LoraPart {
    DOWN,
    MID,
    UP,
    UP_BIAS,
    ALPHA,
    MAGNITUDE,
    HADA_W1_A,
    HADA_W1_B,
    HADA_W2_A,
    HADA_W2_B,
    HADA_T1,
    HADA_T2,
    LOKR_W1,
    LOKR_W1_A,
    LOKR_W1_B,
    LOKR_W2,
    LOKR_W2_A,
    LOKR_W2_B,
    LOKR_T2,
    DIFF,
    DIFF_BIAS
}
