/** Where the noise comes from: PyTorch's generator, so that a seed gives the very picture that Python draws with it. */
package org.diffusion4j.diffusion.noise;
