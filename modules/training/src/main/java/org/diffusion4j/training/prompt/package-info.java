/** Trains networks that read texts: whole ones, their text encoder too, or adapters of low rank. */
package org.diffusion4j.training.prompt;
