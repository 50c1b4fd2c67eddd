/** Makes pictures: converts samples to pixels, lays pictures out as a grid, and writes PNG files. */
package org.diffusion4j.picture;
