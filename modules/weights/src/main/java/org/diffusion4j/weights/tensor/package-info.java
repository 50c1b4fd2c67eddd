/** Weights by name, in memory or still in their files, and their element types. */
package org.diffusion4j.weights.tensor;
