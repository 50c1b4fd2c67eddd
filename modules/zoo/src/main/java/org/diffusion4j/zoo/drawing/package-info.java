/** A network as the textbooks draw it: levels, skip connections, time and context in one SVG file. */
package org.diffusion4j.zoo.drawing;
