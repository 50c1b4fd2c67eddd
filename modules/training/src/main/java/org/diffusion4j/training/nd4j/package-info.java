/** Training with ND4J's own means: batches for its {@code fit}, and plans that SameDiff's {@code fit} runs. */
package org.diffusion4j.training.nd4j;
