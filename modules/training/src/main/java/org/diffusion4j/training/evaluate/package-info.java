/** Judges how good a model is: a classifier compares its pictures with real ones. */
package org.diffusion4j.training.evaluate;
