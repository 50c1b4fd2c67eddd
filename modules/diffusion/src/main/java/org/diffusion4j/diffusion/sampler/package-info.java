/** The reverse process: a model output and a sample give the next sample. There is one sampler per file. */
package org.diffusion4j.diffusion.sampler;
