package org.diffusion4j.engine.onednn;

import org.diffusion4j.kernels.Kernels;

/**
 * The program that steps are added to.
 *
 * @param layouts the buffers of the values, and the steps
 * @param primitives what oneDNN's primitives need
 * @param weights the packed weights
 * @param batch the number of images
 * @param training the worker's part in training; null for the forward pass only
 * @param kernels the vector loops
 * @param winograd which convolutions use Winograd's algorithm in the forward pass
 */
record Target(
        Layouts layouts,
        Primitives primitives,
        Weights weights,
        long batch,
        Training training,
        Kernels kernels,
        WinogradChoice winograd) {}
