package org.diffusion4j.engine;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.diffusion4j.engine.compile.MultiplyAdds;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.gradient.Differentiate;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The arithmetic of a network by its definition, whichever engine runs it: two operations for each multiplication and
 * addition of its convolutions, products and attention.
 */
public final class FloatingPointOperations {
    private FloatingPointOperations() {}

    /**
     * Counts those of a forward pass.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension
     * @param outputs the names of what it gives
     * @param batch the number of images
     * @return their number; empty if the graph has an op that the compiler doesn't know
     */
    public static OptionalLong forward(SameDiff graph, List<String> outputs, long batch) {
        return counted(() -> network(graph, outputs, batch).nodes());
    }

    /**
     * Counts those of a forward and a backward pass.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param trained the names of the variables that get gradients
     * @param batch the number of images
     * @return their number, without the optimiser's; empty if the graph has an op that the compiler doesn't know or that has
     *     no gradient
     */
    public static OptionalLong bothPasses(SameDiff graph, Set<String> trained, long batch) {
        return counted(() -> {
            Network network = network(graph, List.of(NetworkInputs.OUTPUT), batch);
            Differentiate.Result both = Differentiate.of(
                    network.nodes(), network.outputs().values(), value -> trained.contains(value.name()), Set.of());
            return Stream.concat(both.forward().stream(), both.backward().stream())
                    .toList();
        });
    }

    private static OptionalLong counted(Supplier<List<Node>> nodes) {
        try {
            return OptionalLong.of(2 * MultiplyAdds.of(nodes.get()));
        } catch (UnsupportedGraphException e) {
            return OptionalLong.empty();
        }
    }

    private static Network network(SameDiff graph, List<String> outputs, long batch) {
        return Network.of(graph, SharedArrays::sourceOf, outputs, batch);
    }
}
