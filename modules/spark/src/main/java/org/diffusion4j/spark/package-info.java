/**
 * Sampling, evaluation and training on a Spark cluster, with the numbers of one machine. One jar runs on Spark 3.5 and 4: only Spark's
 * Java API is used, and Spark itself is the cluster's.
 */
package org.diffusion4j.spark;
