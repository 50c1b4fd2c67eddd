/** Runs a SameDiff graph: {@link org.diffusion4j.engine.NoisePredictor} is the function, and the engines compute it. */
package org.diffusion4j.engine;
