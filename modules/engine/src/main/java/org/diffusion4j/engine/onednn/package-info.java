/** Primitives over one arena of memory: {@link org.diffusion4j.engine.onednn.Program} is a network, ready to run. */
package org.diffusion4j.engine.onednn;
