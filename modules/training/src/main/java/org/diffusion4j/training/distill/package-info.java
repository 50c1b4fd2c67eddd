/** Teaches a network to draw in few steps what another one draws in many. */
package org.diffusion4j.training.distill;
