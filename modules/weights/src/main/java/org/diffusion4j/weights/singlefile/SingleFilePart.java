package org.diffusion4j.weights.singlefile;

/**
 * A network in a single file.
 *
 * @param component its name in diffusers' folders
 * @param prefix what the names of its tensors begin with
 * @param family how the rest of the names is made
 */
record SingleFilePart(String component, String prefix, OriginalNames.Family family) {}
