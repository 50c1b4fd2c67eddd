package org.diffusion4j.weights.lora;

/**
 * What an adapter does to one layer.
 *
 * @param component the part of the pipeline that the layer belongs to, such as {@code unet} or {@code text_encoder_2}
 * @param name the layer's name as the file has it: with dots or, in kohya's form, with underscores, of diffusers' blocks or the
 *     original ones
 * @param key the name of one of its tensors, for messages
 * @param weight what is added to the layer's weight; null for nothing
 * @param bias what is added to the layer's bias; null for nothing
 */
public record LoraModule(String component, String name, String key, WeightDelta weight, WholeDelta bias) {}
