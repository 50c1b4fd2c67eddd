package org.diffusion4j.weights.lora;

/**
 * What one of several adapters adds to a parameter.
 *
 * @param adapter the adapter's name among those that are applied together
 * @param delta what is added
 * @param scale the adapter's scale, by which it is multiplied
 */
record WeightChange(String adapter, WeightDelta delta, double scale) {}
