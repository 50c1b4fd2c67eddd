/** Autoencoders, which turn pictures into latents and back: Rombach et al. 2022 (arXiv:2112.10752), as diffusers has them. */
package org.diffusion4j.graph.vae;
