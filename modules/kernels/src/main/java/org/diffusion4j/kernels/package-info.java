/** Loops over native memory for what oneDNN lacks or does slowly. They use vector instructions if the JVM supports them. */
package org.diffusion4j.kernels;
