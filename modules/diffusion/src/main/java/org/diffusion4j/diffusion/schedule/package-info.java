/** The forward process: betas, the products of their alphas, the timesteps to visit, and the configuration they come from. */
package org.diffusion4j.diffusion.schedule;
