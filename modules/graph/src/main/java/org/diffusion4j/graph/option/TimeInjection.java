package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How the time embedding enters a residual block: {@code resnet_time_scale_shift}. */
public enum TimeInjection implements ConfigName {
    /** Added to the hidden state between the convolutions. */
    ADD("default"),
    /** Adaptive group norm, norm(h)·(1 + scale) + shift: Dhariwal and Nichol 2021 (arXiv:2105.05233). */
    SCALE_SHIFT("scale_shift"),
    /** Appended as channels before the second convolution. Not in diffusers. */
    CONCAT("concat"),
    /** γ⊙norm(h) + β with γ and β straight from a linear layer: Perez et al. 2018 (arXiv:1709.07871). Not in diffusers. */
    FILM("film");

    private final String configName;

    TimeInjection(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }
}
