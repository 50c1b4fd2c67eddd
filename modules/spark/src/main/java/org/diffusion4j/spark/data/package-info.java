/** Pictures on Hadoop's file systems and in data sets of Spark, with the order and the values of one machine. */
package org.diffusion4j.spark.data;
