package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How a timestep becomes a vector, before the MLP: {@code time_embedding_type}. */
public enum TimeEmbeddingType implements ConfigName {
    /** Sines, then cosines (or the other way round): Ho et al. 2020 (arXiv:2006.11239), as in diffusers. */
    POSITIONAL,
    /** Sine and cosine in turn: Vaswani et al. 2017 (arXiv:1706.03762), section 3.5. Not in diffusers. */
    INTERLEAVED,
    /** Random Fourier features of log(t): Song et al. 2021 (arXiv:2011.13456). The network's output is divided by t. */
    FOURIER,
    /** A trained table with one row per timestep; it needs {@code num_train_timesteps}. */
    LEARNED
}
