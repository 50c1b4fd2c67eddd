package org.diffusion4j.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The names of a denoising network's inputs and of its output. */
public final class NetworkInputs {
    /** The output. */
    public static final String OUTPUT = "out_sample";

    static final String SAMPLE = "sample";
    private static final String TIMESTEP = "timestep";

    private NetworkInputs() {}

    /**
     * The arrays of a call by name.
     *
     * @param sample the noisy images
     * @param timestep the timestep of each image
     * @param conditioning further inputs by name
     * @return all of them
     */
    public static Map<String, INDArray> named(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        Map<String, INDArray> given = new LinkedHashMap<>();
        given.put(SAMPLE, sample);
        given.put(TIMESTEP, timestep);
        conditioning.forEach(given::putIfAbsent);
        return given;
    }
}
