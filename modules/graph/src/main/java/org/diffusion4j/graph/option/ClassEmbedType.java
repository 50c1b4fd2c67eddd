package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How class labels are embedded: {@code class_embed_type}; null with {@code num_class_embeds} is a trained table. */
public enum ClassEmbedType implements ConfigName {
    /** Labels are embedded like timesteps, followed by an MLP. */
    TIMESTEP,
    /** The labels are embeddings already, [N, time_embed_dim]. */
    IDENTITY
}
