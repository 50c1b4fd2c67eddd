/** The parts of a latent diffusion pipeline beside its denoising network: text encoders and autoencoders, ready to run. */
package org.diffusion4j.pipeline.part;
