/** Model folders as diffusers and transformers write them: networks, pipelines, configurations. */
package org.diffusion4j.weights.diffusers;
