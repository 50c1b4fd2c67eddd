/** Runs a SameDiff graph: one function, {@link org.diffusion4j.engine.NoisePredictor}, and who computes it. */
package org.diffusion4j.engine;
