package org.diffusion4j.pipeline;

import java.util.Locale;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.NotFinite;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of a sampler.
 *
 * @param number the step's number in its walk, from 1
 * @param steps the walk's number of steps
 * @param timestep the timestep that the network is given
 */
public record SamplingStep(int number, int steps, double timestep) {
    /**
     * Whether all of the step is within a share of the walk.
     *
     * @param start where the share begins, from 0, the walk's beginning
     * @param end where it ends, up to 1, the walk's end
     * @return false if the step begins before it or ends after it
     */
    public boolean isWithin(double start, double end) {
        return (number - 1.0) / steps >= start && (double) number / steps <= end;
    }

    /**
     * Refuses numbers that aren't finite, since a sampler's clipping would turn them into a black picture.
     *
     * @param tensor the array's name
     * @param where where the array comes from
     * @throws Diffusion4jException if there are such numbers; the message names the step and the tensor
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
