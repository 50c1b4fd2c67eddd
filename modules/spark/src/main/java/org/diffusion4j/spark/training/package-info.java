/**
 * Training on a cluster, step by step, to the bits of one machine: a step's batches are divided among Spark's tasks, whose
 * sums are added in the tree in which one machine adds them.
 */
package org.diffusion4j.spark.training;
