package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

/**
 * Options for networks that predict flow, which aren't supported here. Diffusers' schedulers have them; their default
 * values have no effect.
 */
final class FlowOptions {
    private static final String REASON = "false, as networks that predict flow are not known here";

    private FlowOptions() {}

    static void none(boolean useFlowSigmas, boolean useDynamicShifting) {
        require(!useFlowSigmas, "use_flow_sigmas", REASON, true);
        require(!useDynamicShifting, "use_dynamic_shifting", REASON, true);
    }
}
