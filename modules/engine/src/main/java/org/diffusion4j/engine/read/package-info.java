/** Turns SameDiff's ops into the engine's, one class per family. */
package org.diffusion4j.engine.read;
