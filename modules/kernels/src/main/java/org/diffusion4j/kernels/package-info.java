/** Loops over native memory that oneDNN lacks or has slow, by vectors where the JVM has them. */
package org.diffusion4j.kernels;
