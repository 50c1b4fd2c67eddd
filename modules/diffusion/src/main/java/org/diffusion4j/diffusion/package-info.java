/**
 * What a network predicts, how two of its predictions are guided into one, and how a sample becomes a picture: pure
 * functions on arrays that know neither networks nor files. Its subpackages build on it: {@code schedule} (how much noise
 * there is at each timestep), {@code sampler} (from one sample to the next) and {@code noise} (random numbers).
 */
package org.diffusion4j.diffusion;
