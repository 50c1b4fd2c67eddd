/** Pictures out: samples to pixels, pictures to a grid, and either to a PNG file. */
package org.diffusion4j.picture;
