/** Draws networks as in textbooks: levels, skip connections, time and context in one SVG file. */
package org.diffusion4j.zoo.drawing;
