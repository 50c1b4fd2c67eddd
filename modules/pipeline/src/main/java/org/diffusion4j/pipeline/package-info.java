/**
 * Draws with a model: {@link org.diffusion4j.pipeline.DiffusionPipeline} makes pictures of a request; {@link
 * org.diffusion4j.pipeline.Denoising} is the loop over a sampler's steps, whatever its samples are.
 */
package org.diffusion4j.pipeline;
