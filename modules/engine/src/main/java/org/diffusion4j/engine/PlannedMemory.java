package org.diffusion4j.engine;

import java.util.List;
import java.util.function.Predicate;
import org.diffusion4j.engine.onednn.PlannedPrograms;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The memory that a {@link CompiledGraph} takes, found before it is made: the graph is compiled without reading a weight or
 * allocating an array.
 *
 * @param weights the bytes of the packed weights
 * @param arrays the bytes of all arrays while it runs, with the results
 * @param parameters the bytes of the parameters and of their gradients; 0 without gradients, where the packed weights are all
 *     that there is
 */
public record PlannedMemory(long weights, long arrays, long parameters) {
    /**
     * Plans the forward pass.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension; it isn't changed
     * @param outputs the names of the variables to compute
     * @param batch the number of images, at least 1
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the memory
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if the graph has an op that isn't supported
     * @throws org.diffusion4j.Diffusion4jException if an array would be too large, or the processor doesn't have the precision
     * @throws LinkageError if oneDNN's natives are missing
     */
    public static PlannedMemory forward(
            SameDiff graph, List<String> outputs, long batch, int threads, Precision precision) {
        PlannedPrograms planned =
                PlannedPrograms.forward(graph, outputs, batch, threads, precision.here() == Precision.BF16);
        return of(planned);
    }

    /**
     * Plans both passes. An optimiser's moments and an average of the parameters aren't part of it.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension; it isn't changed
     * @param outputs the names of the variables to compute
     * @param batch the number of images, at least 1
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param trainable says by name which variables learn
     * @param checkpointing whether the backward pass computes parts of the forward pass once more
     * @return the memory
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if the graph has an op that isn't supported or has no gradient
     * @throws org.diffusion4j.Diffusion4jException if an array would be too large, or the processor doesn't have the precision
     * @throws LinkageError if oneDNN's natives are missing
     */
    public static PlannedMemory training(
            SameDiff graph,
            List<String> outputs,
            long batch,
            int threads,
            Precision precision,
            Predicate<String> trainable,
            boolean checkpointing) {
        PlannedPrograms planned = PlannedPrograms.training(
                graph, outputs, batch, threads, precision.here() == Precision.BF16, trainable, checkpointing);
        return of(planned);
    }

    private static PlannedMemory of(PlannedPrograms planned) {
        return new PlannedMemory(planned.weights(), planned.arrays(), planned.parameters());
    }

    /**
     * All of it.
     *
     * @return the sum of the parts, in bytes
     */
    public long bytes() {
        return weights + arrays + parameters;
    }
}
