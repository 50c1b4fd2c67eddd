/** The safetensors format. */
package org.diffusion4j.weights.safetensors;
