/** From a SameDiff graph to a network of fused ops: read, rewrite, check after each. */
package org.diffusion4j.engine.compile;
