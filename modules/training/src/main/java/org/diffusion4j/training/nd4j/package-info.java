/** Training by ND4J's own means: batches for its {@code fit}, and a plan through SameDiff's. */
package org.diffusion4j.training.nd4j;
