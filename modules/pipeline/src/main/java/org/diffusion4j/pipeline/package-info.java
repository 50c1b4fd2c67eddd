/**
 * Draws with a model: {@link org.diffusion4j.pipeline.DiffusionPipeline} makes the pictures of a request; {@link
 * org.diffusion4j.pipeline.Denoising} is the loop over a sampler's steps, for samples of any kind.
 */
package org.diffusion4j.pipeline;
