package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.require;

import java.util.List;
import org.diffusion4j.graph.lora.LoraTargets;

/** What of a model learns. */
public sealed interface Learning {
    /** The layers of all attention of a CLIP text encoder. */
    List<String> TEXT_ATTENTION = List.of("q_proj", "k_proj", "v_proj", "out_proj");

    /**
     * Whether the text encoder learns, too.
     *
     * @return false if it stays as it is, so that texts are encoded once
     */
    boolean textEncoder();

    /**
     * The networks themselves: all parameters but those that the plan freezes.
     *
     * @param textEncoder whether the text encoder learns, too
     */
    record Networks(boolean textEncoder) implements Learning {}

    /**
     * An adapter of low rank beside the networks, which keep all their bits: Hu et al. 2021 (arXiv:2106.09685).
     *
     * @param rank of each layer's matrices, at least 1
     * @param alpha each branch is multiplied by alpha / rank
     * @param modules the ends of the names of the layers that get a branch, as {@link LoraTargets} has them; at least one
     * @param textEncoder whether the text encoder's layers get branches, too
     */
    record Adapter(int rank, double alpha, List<String> modules, boolean textEncoder) implements Learning {
        /** The adapter's name in the graph. */
        static final String NAME = "default";

        /** Checks the numbers. */
        public Adapter {
            modules = List.copyOf(modules);
            require(rank >= 1, "lora-rank", "at least 1", rank);
            require(Double.isFinite(alpha) && alpha > 0, "lora-alpha", "a number above 0", alpha);
            require(!modules.isEmpty(), "lora-layers", "at least one", "none");
        }

        LoraTargets targets() {
            return new LoraTargets(NAME, rank, alpha, modules);
        }
    }
}
