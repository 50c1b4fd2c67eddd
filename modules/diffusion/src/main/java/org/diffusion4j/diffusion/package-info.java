/**
 * What a network predicts, how two of its predictions are guided into one, and how a sample becomes a picture: pure
 * functions on arrays that know neither a network nor a file. The packages beside it build on this one: {@code schedule}
 * (how much noise there is at which timestep), {@code sampler} (from one sample to the next), {@code noise} (the draws).
 */
package org.diffusion4j.diffusion;
