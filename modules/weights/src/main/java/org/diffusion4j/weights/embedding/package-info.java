/** Learned words of text encoders (textual inversion): Gal et al. 2022 (arXiv:2208.01618). */
package org.diffusion4j.weights.embedding;
