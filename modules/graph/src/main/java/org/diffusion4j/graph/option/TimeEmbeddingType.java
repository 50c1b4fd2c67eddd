package org.diffusion4j.graph.option;

/** How a timestep becomes a vector, before the MLP: {@code time_embedding_type}. */
public enum TimeEmbeddingType implements ConfigValue {
    /** Sines, then cosines (or the other way round): Ho et al. 2020 (arXiv:2006.11239), as in diffusers. */
    POSITIONAL("positional"),
    /** Sine and cosine in turn: Vaswani et al. 2017 (arXiv:1706.03762), section 3.5. Not in diffusers. */
    INTERLEAVED("interleaved"),
    /** Random Fourier features of log(t): Song et al. 2021 (arXiv:2011.13456). The network's output is divided by t. */
    FOURIER("fourier"),
    /** A trained table with one row per timestep; it needs {@code num_train_timesteps}. */
    LEARNED("learned");

    private final String key;

    TimeEmbeddingType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
