/** From pictures to weights: the trainer, runs that can be stopped and go on, their reports, and how good a model is. */
package org.diffusion4j.training;
