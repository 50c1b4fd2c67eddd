/**
 * Runs networks as primitives over one arena of memory: {@link org.diffusion4j.engine.onednn.Program} is a network that is
 * ready to run.
 */
package org.diffusion4j.engine.onednn;
