/** Reads the files of torch.save: a pickle, in which nothing is ever called, and the tensors' bytes beside it. */
package org.diffusion4j.weights.torchfile;
