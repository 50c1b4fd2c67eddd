/**
 * The diffusion of guided-diffusion: a walk over some of the timesteps, which has betas of its own, with a learned variance and the
 * gradient of a classifier.
 */
package org.diffusion4j.diffusion.respaced;
