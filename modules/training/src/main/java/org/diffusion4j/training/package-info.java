/** From pictures to weights: what a network is trained towards, and how fast. */
package org.diffusion4j.training;
