/** Turns a SameDiff graph into a network of fused ops: it is read, rewritten, and checked after each of these steps. */
package org.diffusion4j.engine.compile;
