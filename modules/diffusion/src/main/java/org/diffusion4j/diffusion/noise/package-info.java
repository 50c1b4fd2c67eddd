/** The noise, which PyTorch's generator draws, so that a seed gives the same picture as in Python. */
package org.diffusion4j.diffusion.noise;
