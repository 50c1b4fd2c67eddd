package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/**
 * How a conditional U-Net embeds class labels: {@code class_embed_type}; null with {@code num_class_embeds} is a trained table.
 */
public enum ConditionClassEmbedType implements ConfigName {
    /** Labels are embedded like timesteps, followed by an MLP. */
    TIMESTEP,
    /** The labels are embeddings already, [N, time_embed_dim]. */
    IDENTITY,
    /** The labels are vectors, [N, projection_class_embeddings_input_dim], that an MLP embeds. */
    PROJECTION,
    /** The labels are such vectors, too, that a linear layer embeds. */
    SIMPLE_PROJECTION
}
