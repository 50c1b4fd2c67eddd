/**
 * Checkpoints of the Stable Diffusion family in one file under their original names: U-Net, autoencoder and text encoders as
 * the programs of CompVis and Stability AI wrote them. Read and written.
 */
package org.diffusion4j.weights.singlefile;
