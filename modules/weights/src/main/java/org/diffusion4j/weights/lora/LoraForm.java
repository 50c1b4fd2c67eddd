package org.diffusion4j.weights.lora;

/** How adapters act on a network. Either way the model's files stay as they are, and the results are the same up to rounding. */
public enum LoraForm {
    /**
     * What they add is summed up with the weights whenever these are read: the network takes as long as without them. In bfloat16 the
     * sum is rounded.
     */
    MERGED,
    /** Low-rank matrices are layers of their own beside the network's; what has no such form is merged. */
    BRANCHES
}
