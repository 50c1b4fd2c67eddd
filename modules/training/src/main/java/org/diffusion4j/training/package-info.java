/** From pictures to weights, in memory: the plan, the model to start from, batches with noise, the loss and the trainer. */
package org.diffusion4j.training;
