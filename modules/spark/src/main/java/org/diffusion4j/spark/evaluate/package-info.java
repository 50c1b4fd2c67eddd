/** Judges pictures by the figures of one machine's evaluator, where the cluster looks at the pictures. */
package org.diffusion4j.spark.evaluate;
