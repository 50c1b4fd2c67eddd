/** From a SameDiff graph to few large ops: {@link org.diffusion4j.engine.pass.Trace}, then the fusions. */
package org.diffusion4j.engine.pass;
