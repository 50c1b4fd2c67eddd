package org.diffusion4j.graph.option;

/** How class labels are embedded: {@code class_embed_type}; null with {@code num_class_embeds} is a trained table. */
public enum ClassEmbedType implements ConfigValue {
    /** Labels are embedded like timesteps, followed by an MLP. */
    TIMESTEP("timestep"),
    /** The labels are embeddings already, [N, time_embed_dim]. */
    IDENTITY("identity");

    private final String key;

    ClassEmbedType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
