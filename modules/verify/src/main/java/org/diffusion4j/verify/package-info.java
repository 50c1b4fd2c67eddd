/** Replays reference cases of the original libraries and compares the results with the cases' own tolerances. */
package org.diffusion4j.verify;
