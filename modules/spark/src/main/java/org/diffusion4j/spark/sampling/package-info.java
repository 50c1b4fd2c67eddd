/** Drawing many pictures on a cluster: each is the one that a single machine draws, whoever draws it and whenever. */
package org.diffusion4j.spark.sampling;
