package org.diffusion4j.weights.diffusers;

/** The keys that stand beside the options of a network of guided-diffusion, and say what it was trained for. */
public final class AdmKeys {
    /** What the network predicts: {@value #EPSILON} or {@value #EDM}. */
    public static final String PREDICTION = "prediction_type";

    /** The noise, or the clean sample where {@code predict_xstart} says so. */
    public static final String EPSILON = "epsilon";

    /** What Karras et al. 2022 (arXiv:2206.00364) have networks predict. */
    public static final String EDM = "edm";

    /** Which timesteps are visited, in guided-diffusion's own notation. */
    public static final String RESPACING = "timestep_respacing";

    private AdmKeys() {}
}
