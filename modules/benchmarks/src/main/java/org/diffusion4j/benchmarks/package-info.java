/** The engines against their peers: the same networks, weights and inputs, side by side in one run. */
package org.diffusion4j.benchmarks;
