/** A run's steps and pictures in the files that TensorBoard reads. */
package org.diffusion4j.training.tensorboard;
