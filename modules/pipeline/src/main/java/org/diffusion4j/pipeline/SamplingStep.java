package org.diffusion4j.pipeline;

import java.util.Locale;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.NotFinite;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A step of a sampler.
 *
 * @param number from 1
 * @param steps how many there are
 * @param timestep what the network is given
 */
public record SamplingStep(int number, int steps, double timestep) {
    /**
     * Refuses what isn't finite: a sampler's clipping would make a black picture of it.
     *
     * @param tensor the array's name
     * @param where it comes from
     * @throws Diffusion4jException that names the step and the tensor
     */
    void requireFinite(String tensor, String where, INDArray array) {
        Optional<NotFinite> found = NotFinite.in(array);
        if (found.isPresent()) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "step %d of %d (timestep %s), '%s': expected finite numbers %s, found %s",
                    number,
                    steps,
                    timestep == Math.rint(timestep)
                            ? Long.toString((long) timestep)
                            : String.format(Locale.ROOT, "%.4f", timestep),
                    tensor,
                    where,
                    found.get().describe()));
        }
    }
}
