package org.diffusion4j.engine.onednn;

import org.diffusion4j.kernels.Kernels;

/**
 * The program that steps are added to.
 *
 * @param layouts where values lie, and the steps
 * @param primitives oneDNN's
 * @param weights packed
 * @param batch images
 * @param training where gradients go; null for the forward pass only
 * @param kernels the loops by vectors
 */
record Target(
        Layouts layouts, Primitives primitives, Weights weights, long batch, Training training, Kernels kernels) {}
