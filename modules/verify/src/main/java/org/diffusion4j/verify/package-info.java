/** Replays reference cases of the original libraries and compares, by the cases' own tolerances. */
package org.diffusion4j.verify;
