/** The reverse process: a model output and a sample give the next sample. One sampler a file. */
package org.diffusion4j.diffusion.sampler;
