package org.diffusion4j.graph.lora;

import static org.diffusion4j.Requirement.require;

/**
 * A low-rank branch beside a layer, y + scale·up(down(x)).
 *
 * @param adapter the name of the adapter that it belongs to, a part of its parameters' names: letters, digits, underscores
 * @param rank how many channels down gives, at least 1
 * @param scale what the branch is multiplied by: alpha / rank, and the adapter's own scale
 */
public record LoraBranch(String adapter, int rank, double scale) {
    /** Checks the values. */
    public LoraBranch {
        require(adapter.matches("\\w+"), "adapter", "a name of letters, digits and underscores", adapter);
        require(rank >= 1, "rank", "at least 1", rank);
        require(Double.isFinite(scale), "scale", "a finite number", scale);
    }

    /**
     * The name of the narrow matrix's parameter, as in PEFT's models.
     *
     * @param layer the layer's name
     * @return such as {@code conv_in.lora_A.mine.weight}, of [rank, in] or [rank, in, kH, kW]
     */
    public String down(String layer) {
        return layer + ".lora_A." + adapter + ".weight";
    }

    /**
     * The name of the wide matrix's parameter.
     *
     * @param layer the layer's name
     * @return such as {@code conv_in.lora_B.mine.weight}, of [out, rank] or [out, rank, 1, 1]
     */
    public String up(String layer) {
        return layer + ".lora_B." + adapter + ".weight";
    }
}
