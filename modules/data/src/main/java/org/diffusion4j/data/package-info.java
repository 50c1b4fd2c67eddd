/** Pictures to train on: from folders, archives, DataVec's readers or ND4J's iterators, to batches in [-1, 1]. */
package org.diffusion4j.data;
